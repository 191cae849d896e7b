"""Bytes to text, the same for protocols and notes. Line ends are kept: offsets refer to what is returned here."""

from __future__ import annotations

import codecs

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins with the UTF-16 one
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def decode(data: bytes) -> tuple[str, str | None]:
    """The text of a file's bytes, and a warning where the encoding had to be guessed (None where it is certain).

    A byte-order mark decides and is dropped; else UTF-8; else UTF-16 where every other byte is zero; else
    Windows-1252 (Latin-1 with the typographic signs that registries use), which never fails.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            text = data[len(mark) :].decode(encoding, errors="replace")
            return text, "some bytes could not be decoded" if "\ufffd" in text else None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return _guess(data)
    if "\0" in text[:1000]:
        guess, warning = _guess(data)
        if "\0" not in guess:
            return guess, warning
    return text, None


def _guess(data: bytes) -> tuple[str, str]:
    head = data[:2000]
    if len(data) % 2 == 0:
        for encoding, zeros in (("utf-16-le", head[1::2]), ("utf-16-be", head[::2])):
            if zeros and zeros.count(0) > 0.6 * len(zeros):
                try:
                    return data.decode(encoding), f"no byte-order mark: read as {encoding.upper()}"
                except UnicodeDecodeError:
                    continue
    # The five bytes that Windows-1252 leaves undefined keep their Latin-1 meaning.
    text = (
        "".join(chr(b) if b in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else bytes((b,)).decode("cp1252") for b in data)
        if any(b in data for b in b"\x81\x8d\x8f\x90\x9d")
        else data.decode("cp1252")
    )
    return text, "not UTF-8: read as Windows-1252 (Latin-1)"


def looks_binary(data: bytes) -> bool:
    """Whether ``data`` is no text in any encoding that `decode` knows."""
    head = data[:8192]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or not head:
        return False
    if head.startswith((b"%PDF", b"PK\x03\x04", b"\x89PNG", b"\xff\xd8\xff", b"\x1f\x8b", b"\x7fELF")):
        return True
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) > 0.3 * len(head) / 2 and min(even, odd) < 0.05 * len(head) / 2:
        return False  # UTF-16 without a mark
    controls = sum(byte < 32 and byte not in (9, 10, 11, 12, 13, 27) for byte in head)
    return head.count(0) > 0.01 * len(head) or controls > 0.03 * len(head)
