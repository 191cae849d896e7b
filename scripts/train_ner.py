#!/usr/bin/env python3
"""Train the bundled model from the open corpora (see the model card for what they are and where they come from).

  python scripts/train_ner.py DATA --encoder MINILM_FOLDER --cache CACHE --output matcher/resources/model

DATA holds the JSON Lines files that scripts/train_ner.toml names. CACHE keeps the word vectors and each network as it
is done; what is there is not made again. Same data, seed, machine: same weights.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import tomllib
from pathlib import Path

from matcher.train import bundle


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--output", type=Path, required=True, help="the pipeline's folder")
    parser.add_argument("--config", type=Path, default=Path(__file__).with_suffix(".toml"))
    parser.add_argument("--encoder", default="", help="folder of all-MiniLM-L6-v2 (or another encoder)")
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument(
        "--kept", type=Path, help="weights.safetensors: its networks and word vectors stay as they are"
    )
    given = parser.parse_args()
    config = tomllib.loads(given.config.read_text(encoding="utf-8"))

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        bundle.build(given.data, config, given.encoder, given.cache, work, say, given.kept)
        meta = {
            "name": "matcher_ner",
            "version": config["version"],
            "description": "Entities of eligibility criteria and clinical notes",
            "license": "Apache-2.0; trained on data under CC BY 4.0: see MODEL_CARD.md",
            "sources": [c["file"] for c in [*config["corpora"], *config["unmarked"]]],
        }
        bundle.write_pipeline(work / "weights.safetensors", given.output, meta)
        (given.output / "figures.json").write_bytes((work / "figures.json").read_bytes())


if __name__ == "__main__":
    main()
