"""``bert:PATH_OR_ID``: a token classifier of transformers, such as a fine-tuned ClinicalBERT.

Long texts are read in overlapping windows, each word by the window in which it stands furthest from an edge; a word has
the tag of its first piece, so that every mention begins and ends with a word. Only ``model.safetensors`` is read: no
pickled weights, no code from the model's folder.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from matcher.errors import MatchError
from matcher.model import EntityType, Mention
from matcher.ner.labels import IGNORED, label_map
from matcher.ner.merged import Merged
from matcher.ner.recogniser import Extents, Side
from matcher.ner.tokens import TOKEN

if TYPE_CHECKING:
    from matcher.terms import Terminology

STRIDE = 64
"""Pieces that neighbouring windows share."""
_BUDGET = 8192
"""Pieces in one batch, padding included (CPU); eight times that on CUDA."""
LONGEST = 512


def prepare(name: str, option: str = "bert:") -> bool:
    """Check what can be checked before the heavy imports; True where ``name`` is a hub id.

    The network stays shut (``HF_HUB_OFFLINE=1``) unless the user names a hub id.
    """
    missing = [p for p in ("torch", "transformers", "safetensors") if importlib.util.find_spec(p) is None]
    if missing:
        raise MatchError(f"{option.strip()} needs {' and '.join(missing)}: pip install 'trial-matcher[bert]'")
    path = Path(name)
    if not name:
        raise MatchError(f"{option.strip()} names no model; give a folder, as in {option}/models/clinicalbert")
    hub = not path.exists() and name.count("/") <= 1 and not name.startswith((".", "/", "~"))
    # Read when the libraries are imported, which is after this.
    os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "0" if hub else "1"
    if not hub:
        if not path.is_dir():
            raise MatchError(f"{option}{name}: no such folder")
        if not (path / "config.json").is_file():
            raise MatchError(f"{option}{name}: the folder has no config.json, so it is no transformers model")
        if not any(path.glob("*.safetensors")):
            raise MatchError(
                f"{option}{name}: no model.safetensors in it; pickled weights are not loaded: convert them first"
            )
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    return hub


def load(name: str) -> tuple[Any, Any]:
    """Tokenizer and token classifier of a folder or hub id. Raises `MatchError` where it is not one."""
    hub = prepare(name)
    from transformers import AutoConfig, AutoModelForTokenClassification, AutoTokenizer
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    options: dict[str, Any] = {"local_files_only": not hub, "trust_remote_code": False}
    try:
        config = AutoConfig.from_pretrained(name, **options)
        architectures = config.architectures or []
        if not any("TokenClassification" in a for a in architectures):
            raise MatchError(
                f"bert:{name} is no token classifier (it is {', '.join(architectures) or 'unnamed'});"
                f" train one from it: match train DATA --base {name}"
            )
        tokenizer = AutoTokenizer.from_pretrained(name, use_fast=True, **options)
        model = AutoModelForTokenClassification.from_pretrained(name, use_safetensors=True, **options)
    except (OSError, ValueError, KeyError, ImportError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise MatchError(f"bert:{name} cannot be loaded: {reason}") from None
    if not tokenizer.is_fast:
        raise MatchError(f"bert:{name}: its tokenizer gives no offsets (tokenizer.json is missing)")
    return tokenizer, model


def split_tag(tag: str) -> tuple[str, str]:
    """``B-drug`` → ("B", "drug"); ``drug`` → ("I", "drug"); ``O`` → ("O", "")."""
    if tag == "O":
        return "O", ""
    if len(tag) > 2 and tag[1] in "-_" and tag[0] in "BILUESM":
        return {"E": "L", "S": "U", "M": "I"}.get(tag[0], tag[0]), tag[2:]
    return "I", tag


def spans(tags: Sequence[tuple[str, str]], words: Sequence[tuple[int, int]]) -> list[tuple[int, int, str]]:
    """Character spans of tagged words; a tag that cannot follow begins a new span."""
    out: list[tuple[int, int, str]] = []
    current = ""
    for (part, label), (start, end) in zip(tags, words, strict=True):
        if part in "IL" and label == current:
            out[-1] = (out[-1][0], end, label)
        elif part != "O":
            out.append((start, end, label))
        current = label if part in "BI" else ""
    return out


def words_of(text: str) -> list[tuple[int, int]]:
    """The words that pieces are joined to."""
    return [m.span() for m in TOKEN.finditer(text)]


class Classifier:
    """A loaded token classifier: texts in, tags of words out."""

    def __init__(self, tokenizer: Any, model: Any, device: str | None = None) -> None:
        import torch

        self.torch = torch
        self.tokenizer = tokenizer
        self.device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        self.model = model.to(self.device).eval()
        self.tags = [split_tag(model.config.id2label[i]) for i in range(model.config.num_labels)]
        most = getattr(model.config, "max_position_embeddings", LONGEST) or LONGEST
        # RoBERTa numbers its positions from 2.
        most -= 2 if model.config.model_type in ("roberta", "xlm-roberta", "camembert") else 0
        self.window = max(8, min(LONGEST, most, tokenizer.model_max_length))
        self.stride = min(STRIDE, self.window // 4)

    @property
    def labels(self) -> list[str]:
        """Entity labels, without their prefixes."""
        return sorted({label for _, label in self.tags if label})

    def tag(self, texts: Sequence[str]) -> list[list[tuple[int, int, str]]]:
        """For each text its entities as (start, end, label), in order."""
        words = [words_of(t) for t in texts]
        chosen: list[list[tuple[int, int] | None]] = [[None] * len(w) for w in words]  # (distance to an edge, tag)
        full = [i for i, w in enumerate(words) if w]
        if full:
            encoded = self.tokenizer(
                [texts[i] for i in full],
                truncation=True,
                max_length=self.window,
                stride=self.stride,
                return_overflowing_tokens=True,
                return_offsets_mapping=True,
            )
            owner = [full[i] for i in encoded["overflow_to_sample_mapping"]]
            order = sorted(range(len(owner)), key=lambda i: len(encoded["input_ids"][i]))
            for batch in self._batches(order, encoded["input_ids"]):
                for i, best in zip(batch, self._forward([encoded["input_ids"][i] for i in batch]), strict=True):
                    self._choose(encoded["offset_mapping"][i], best, words[owner[i]], chosen[owner[i]])
        out = []
        for w, tags in zip(words, chosen, strict=True):
            out.append(spans([("O", "") if t is None else self.tags[t[1]] for t in tags], w))
        return out

    def _batches(self, order: Sequence[int], ids: Sequence[Sequence[int]]) -> Iterable[list[int]]:
        budget = _BUDGET * (8 if self.device.startswith("cuda") else 1)
        batch: list[int] = []
        for i in order:
            if batch and (len(batch) + 1) * len(ids[i]) > budget:
                yield batch
                batch = []
            batch.append(i)
        if batch:
            yield batch

    def _forward(self, ids: Sequence[Sequence[int]]) -> list[list[int]]:
        """The best tag of every piece."""
        torch = self.torch
        longest = max(map(len, ids))
        pad = self.tokenizer.pad_token_id or 0
        table = torch.full((len(ids), longest), pad, dtype=torch.long)
        mask = torch.zeros((len(ids), longest), dtype=torch.long)
        for r, row in enumerate(ids):
            table[r, : len(row)] = torch.tensor(row)
            mask[r, : len(row)] = 1
        with torch.inference_mode():
            logits = self.model(input_ids=table.to(self.device), attention_mask=mask.to(self.device)).logits
        best = logits.argmax(-1).cpu().tolist()
        return [row[: len(line)] for row, line in zip(best, ids, strict=True)]

    @staticmethod
    def _choose(
        offsets: Sequence[tuple[int, int]],
        best: Sequence[int],
        words: Sequence[tuple[int, int]],
        chosen: list[tuple[int, int] | None],
    ) -> None:
        """Give each word the tag of its first piece in this window, if no other window saw it from further inside."""
        w, seen = 0, -1
        for place, ((start, end), tag) in enumerate(zip(offsets, best, strict=True)):
            if end <= start:
                continue
            while w < len(words) and words[w][1] <= start:
                w += 1
            # A piece may begin with the space before its word.
            if w == len(words) or words[w][0] >= end or w == seen:
                continue
            seen = w
            if place == 1 and start > words[w][0]:
                continue  # the window begins inside the word
            inside = min(place, len(offsets) - 1 - place)
            old = chosen[w]
            if old is None or old[0] < inside:
                chosen[w] = (inside, tag)


class Bert(Merged):
    """A token classifier's entities, merged with the terminology."""

    def __init__(self, name: str, terminology: Terminology) -> None:
        super().__init__(terminology)
        model, _, own = name.partition("@")
        self.classifier = Classifier(*load(model))
        table = Path(own) if own else Path(model) / "labels.csv"
        self.map = label_map(self.classifier.labels, f"bert:{model}", table if own or table.is_file() else None)
        self.name = f"bert:{model}"

    def found(
        self, texts: Sequence[str], hits: Sequence[list[Mention]], side: Side, within: Sequence[Extents] | None = None
    ) -> Iterable[list[Mention]]:
        """See `Merged.found`."""
        for text, found in zip(texts, self.classifier.tag(texts), strict=True):
            yield [
                Mention(s, e, text[s:e], cast(EntityType, self.map[label]), None, "model")
                for s, e, label in found
                if self.map[label] != IGNORED
            ]
