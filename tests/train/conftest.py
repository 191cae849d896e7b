"""A BERT of random weights, small enough to train in a test."""

from pathlib import Path

import pytest

NOTES = (
    ("Patient has diabetes and takes metformin daily.", ("diabetes", "condition"), ("metformin", "drug")),
    ("History of asthma. Started albuterol last week.", ("asthma", "condition"), ("albuterol", "drug")),
    ("No hypertension; lisinopril was stopped.", ("hypertension", "condition"), ("lisinopril", "drug")),
    ("Admitted with pneumonia, given ceftriaxone.", ("pneumonia", "condition"), ("ceftriaxone", "drug")),
)


@pytest.fixture(scope="session")
def rows():
    """Annotated notes as JSON Lines objects, so many times over."""
    return _rows


def _rows(times: int = 1) -> list[dict]:
    out = []
    for i in range(times):
        for j, (text, *found) in enumerate(NOTES):
            entities = [
                {"start": text.index(words), "end": text.index(words) + len(words), "label": label}
                for words, label in found
            ]
            out.append({"id": f"n{i}-{j}", "text": text, "entities": entities})
    return out


@pytest.fixture(scope="session")
def tiny_bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an untrained encoder of two layers and its tokenizer."""
    pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    import torch

    folder = tmp_path_factory.mktemp("tiny-bert")
    letters = "abcdefghijklmnopqrstuvwxyz0123456789.,;:-()"
    words = sorted({w for text, *_ in NOTES for w in text.lower().replace(".", " ").replace(",", " ").split()})
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *("##" + c for c in letters), *words]
    (folder / "vocab.txt").write_text("\n".join(dict.fromkeys(vocabulary)), encoding="utf-8")
    tokenizer = transformers.BertTokenizerFast.from_pretrained(str(folder), model_max_length=64)
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=64,
    )  # fmt: skip
    transformers.BertModel(config).save_pretrained(folder, safe_serialization=True)
    return folder
