"""Text of .docx, .pdf and .rtf notes, through the libraries of the ``documents`` extra."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from matcher.errors import MatchError

EXTRA = "pip install 'trial-matcher[documents]'"


def text_of(file: Path) -> str:
    """The text of a document. Raises `MatchError` where it cannot be read, or the extra is not installed."""
    try:
        return READERS[file.suffix.lower()](file)
    except ImportError:
        raise MatchError(f"not read: a {file.suffix} file needs the documents extra: {EXTRA}") from None
    except MatchError:
        raise
    except Exception as error:  # the libraries raise many kinds on a damaged file
        raise MatchError(f"not read: a damaged or protected {file.suffix} file ({type(error).__name__})") from None


def _docx(file: Path) -> str:
    import docx

    document = docx.Document(str(file))
    lines: list[str] = []
    for block in document.iter_inner_content():
        if hasattr(block, "rows"):
            lines += ["\t".join(cell.text for cell in row.cells) for row in block.rows]
        else:
            lines.append(block.text)
    return "\n".join(lines)


def _pdf(file: Path) -> str:
    import logging

    import pypdf

    # What a damaged file lacks is told once, by the error.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    text = "\n".join(page.extract_text() for page in pypdf.PdfReader(file).pages)
    if not text.strip():
        raise MatchError("not read: the PDF holds no text (a scan?); run text recognition on it first")
    return text


def _rtf(file: Path) -> str:
    from striprtf.striprtf import rtf_to_text

    from matcher.text import decode

    return str(rtf_to_text(decode(file.read_bytes())[0]))


READERS: dict[str, Callable[[Path], str]] = {".docx": _docx, ".pdf": _pdf, ".rtf": _rtf}
