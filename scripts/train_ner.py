#!/usr/bin/env python3
"""Train the bundled model from the open corpora (see the model card for what they are and where they come from).

  python scripts/train_ner.py DATA --encoder MINILM_FOLDER --output matcher/resources/model

DATA holds the JSON Lines files that scripts/train_ner.toml names. The word vectors are kept beside the output and used
again with --vectors. Same data, seed and machine: same weights.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import tomllib
from pathlib import Path

from matcher.train import bundle, vectors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--output", type=Path, required=True, help="the pipeline's folder")
    parser.add_argument("--config", type=Path, default=Path(__file__).with_suffix(".toml"))
    parser.add_argument("--encoder", help="folder of the encoder that word vectors are taken from")
    parser.add_argument("--vectors", type=Path, help="word vectors of an earlier run (.npz)")
    given = parser.parse_args()
    config = tomllib.loads(given.config.read_text(encoding="utf-8"))

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    table = None
    if given.vectors and given.vectors.is_file():
        table = vectors.read(given.vectors)
    elif given.encoder:
        table = bundle.make_vectors(given.data, config, given.encoder, say)
        if given.vectors:
            vectors.save(given.vectors, *table)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        bundle.build(given.data, config, table, work, say)
        meta = {
            "name": "matcher_ner",
            "version": config["version"],
            "description": "Entities of eligibility criteria and clinical notes",
            "license": "Apache-2.0; trained on data under CC BY 4.0: see MODEL_CARD.md",
            "sources": [c["file"] for c in config["corpora"]],
        }
        bundle.write_pipeline(work / "weights.npz", given.output, meta)
        (given.output / "figures.json").write_bytes((work / "figures.json").read_bytes())


if __name__ == "__main__":
    main()
