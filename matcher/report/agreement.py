"""The report of ``match eval``: tables for people, JSON for programs and for a later comparison."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from matcher.errors import MatchError
from matcher.evaluate import metrics
from matcher.model import Verdict
from matcher.report.table import plain

if TYPE_CHECKING:
    from matcher.run.pairs import Pair


def judged(screened: Iterable[tuple[Pair, tuple[Verdict, ...]]]) -> list[metrics.Judged]:
    """Each pair with what the program said, in the labels of the data."""
    rows = []
    for pair, verdicts in screened:
        truth, basis, confidence, reason = metrics.combine(verdicts, pair.kind)
        said = metrics.label(truth, basis, pair.kind, pair.six)
        if pair.silent and basis == "assumed":
            said = pair.gold  # an assumption that is marked as one is no error where the note is silent
        rows.append(
            metrics.Judged(pair.id, pair.patient, pair.kind, pair.criterion, pair.gold, said, confidence, basis, reason,
                           pair.groups)
        )  # fmt: skip
    return rows


def earlier(path: Path) -> dict[str, Any]:
    """A report that ``match eval --format json`` wrote before."""
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise MatchError(f"--compare {path}: cannot be read ({error})") from None
    if not isinstance(report, dict) or report.get("schema") != "match.eval/1":
        raise MatchError(f"--compare {path}: not a report of match eval --format json")
    return report


def write(format: str, report: dict[str, Any], stream: BinaryIO, width: int, colour: bool, disagreements: int) -> None:
    if format == "json":
        stream.write((json.dumps(report, ensure_ascii=False, indent=1) + "\n").encode())
    elif format == "jsonl":
        for row in report["results"]:
            stream.write((json.dumps(row, ensure_ascii=False) + "\n").encode())
    else:
        stream.write(_text(report, width, colour, disagreements).encode("utf-8", "replace"))


def _text(report: dict[str, Any], width: int, colour: bool, disagreements: int) -> str:
    from rich.console import Console

    text = io.StringIO()
    console = Console(file=text, width=width, force_terminal=colour, no_color=not colour, highlight=False, markup=False)
    low, high = report["accuracy_ci95"]
    f_low, f_high = report["macro_f1_ci95"]
    console.print(
        f"accuracy {report['accuracy']:.3f} ({low:.3f}–{high:.3f})  macro-F1 {report['macro_f1']:.3f} "
        f"({f_low:.3f}–{f_high:.3f})  kappa {report['kappa']:.3f}"
    )
    rows = [[n, f"{v['precision']:.3f}", f"{v['recall']:.3f}", f"{v['f1']:.3f}", str(v["pairs"])]
            for n, v in report["labels"].items()]  # fmt: skip
    _table(console, "By label", ["label", "precision", "recall", "F1", "pairs"], rows)
    names = list(report["confusion"])
    said = [n for n in names if any(report["confusion"][g].get(n) for g in names)]
    _table(
        console,
        "Expected (rows) and said (columns)",
        ["", *said],
        [[g, *(str(report["confusion"][g][s]) for s in said)] for g in names if sum(report["confusion"][g].values())],
    )
    for column, groups in report["groups"].items():
        _table(
            console,
            f"By {column}",
            [column, "pairs", "accuracy", "macro-F1"],
            [[n or "–", str(v["pairs"]), f"{v['accuracy']:.3f}", f"{v['macro_f1']:.3f}"] for n, v in groups.items()],
        )
    _table(
        console,
        f"Confidence against agreement (calibration error {report['calibration_error']:.3f})",
        ["confidence", "pairs", "mean", "right"],
        [
            [f"{r['from']:.2f}–{r['to']:.2f}", str(r["pairs"]), f"{r['confidence']:.3f}", f"{r['right']:.3f}"]
            for r in report["reliability"]
        ],
    )
    drift = report.get("drift")
    if drift is not None:
        console.print(
            f"\nAgainst the earlier report: accuracy {drift['accuracy']:+.3f}, macro-F1 {drift['macro_f1']:+.3f}, "
            f"kappa {drift['kappa']:+.3f}; {drift['shared']} pairs in both, {len(drift['changed'])} changed"
        )
        for row in drift["changed"]:
            console.print(
                plain(
                    f"  {row['change']}: {row['id']} {row['was']} → {row['said']} (expected {row['expected']}): "
                    f"{row['criterion']}"
                )
            )
    wrong = [r for r in report["results"] if r["said"] != r["expected"]]
    if wrong and disagreements:
        console.print(f"\nDisagreements ({min(disagreements, len(wrong))} of {len(wrong)}):")
        for row in wrong[:disagreements]:
            console.print(plain(f"  {row['id']} {row['kind']}: {row['criterion']}"))
            console.print(
                plain(f"    expected {row['expected']}, said {row['said']} ({row['basis']}): {row['reason']}")
            )
    return text.getvalue()


def _table(console: Any, title: str, head: list[str], rows: list[list[str]]) -> None:
    from rich import box
    from rich.table import Table

    shown = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left")
    for number, name in enumerate(head):
        shown.add_column(name, justify="right" if number else "left")
    for row in rows:
        shown.add_row(*(plain(cell) for cell in row))
    console.print(shown)
