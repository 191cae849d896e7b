"""Bytes to text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.text import decode


@pytest.mark.parametrize(
    ("data", "text", "warned"),
    [
        ("Age ≥ 18\r\n".encode(), "Age ≥ 18\r\n", False),
        ("Age ≥ 18".encode("utf-8-sig"), "Age ≥ 18", False),
        ("Age ≥ 18".encode("utf-16"), "Age ≥ 18", False),
        ("Age ≥ 18".encode("utf-32"), "Age ≥ 18", False),
        ("Age 18".encode("utf-16-le"), "Age 18", True),
        ("Age 18".encode("utf-16-be"), "Age 18", True),
        ("5 µmol/L – Sjögren’s".encode("cp1252"), "5 µmol/L – Sjögren’s", True),
        (b"caf\xe9 \x81", "café \x81", True),
        (b"", "", False),
    ],
)
def test_decodes_the_usual_encodings(data: bytes, text: str, warned: bool) -> None:
    got, warning = decode(data)
    assert got == text
    assert (warning is not None) == warned


@given(st.binary())
def test_any_bytes_decode(data: bytes) -> None:
    text, _ = decode(data)
    assert isinstance(text, str)


@given(st.text())
def test_utf8_comes_back_without_a_warning(text: str) -> None:
    if "\0" in text or text.startswith("\ufeff"):
        return
    assert decode(text.encode("utf-8", errors="ignore")) == (text.encode("utf-8", errors="ignore").decode(), None)
