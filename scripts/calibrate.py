"""Measure how far confidence and the policy on silence hold for patients they were not fitted on; write the table.

    python scripts/calibrate.py PAIRS... [--write]

PAIRS are labelled pairs as `match eval` reads them. Patients are split, never pairs: five folds for confidence (fitted
on four, judged on the fifth), two halves for the rows of the policy (the commoner label of one half, judged on the
other, both ways). ``--write`` puts the table of all pairs into `matcher/resources/evaluate/confidence.toml`.
"""

from __future__ import annotations

import argparse
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from matcher import criteria, facts, ner, terms
from matcher.criteria.source import of_text
from matcher.evaluate import Evaluator, data, metrics
from matcher.evaluate.metrics import Judged
from matcher.model import Note, Settings
from matcher.notes import dates
from matcher.run.pairs import protocol_text, read
from matcher.run.pipeline import latest_day

TABLE = Path(__file__).parent.parent / "matcher" / "resources" / "evaluate" / "confidence.toml"
FOLDS, SHRINK, LEAST, PRIOR = 5, 5, 8, 0.75
HEAD = """\
# How often a verdict of each sort agrees with the reference, measured on labelled pairs (see docs/verdicts.md) and
# drawn towards the figure of its basis where pairs are few. Keys: the rule or its beginning, ":" and the verdict;
# basis and verdict where no rule is listed. Written by scripts/calibrate.py.
# source: physician-labelled and clinician-written development pairs
"""
# what is taken where no pair was seen
BASES = {"documented": 0.8, "assumed": 0.8, "not_applicable": 0.85, "conflict": 0.7, "none": 0.6}


@dataclass(frozen=True)
class Case:
    """A labelled pair with the rule that decided it."""

    judged: Judged
    truth: str
    rule: str
    single: bool


def cases(paths: Iterable[str]) -> list[Case]:
    """Every pair of the files, screened as one criterion against one note."""
    terminology, recogniser, settings = terms.load(), ner.recogniser("rules"), Settings(ner="rules")
    found = []
    for path in paths:
        for pair in read(path):
            protocol = criteria.parse(of_text(protocol_text(pair), pair.id), recogniser, terminology)
            extractor = facts.Extractor(recogniser, terminology, criteria.wanted([protocol]))
            notes = (Note(pair.patient, "n", pair.note, dates.parse(pair.date) if pair.date else None),)
            record = facts.record(pair.patient, notes, extractor.facts(notes), latest_day(notes))
            verdicts = Evaluator(protocol, terminology, settings).screen(record, explain=True).verdicts
            truth, basis, confidence, reason = metrics.combine(verdicts, pair.kind)
            said = metrics.label(truth, basis, pair.kind, pair.six)
            if pair.silent and basis == "assumed":
                said = pair.gold
            judged = Judged(
                pair.id, pair.patient, pair.kind, pair.criterion, pair.gold, said, confidence, basis, reason
            )
            rule = verdicts[0].steps[0].rule if verdicts and verdicts[0].steps else ""
            found.append(Case(judged, truth, rule, len(verdicts) == 1))
    return found


def fold(case: Case, folds: int) -> int:
    return zlib.crc32(case.judged.patient.encode()) % folds


def fitted(some: Sequence[Case]) -> tuple[dict[str, float], dict[str, float]]:
    """(figures by basis and verdict, figures by rule and verdict)."""
    basis: dict[str, list[bool]] = defaultdict(list)
    rules: dict[str, list[bool]] = defaultdict(list)
    bases: dict[str, Counter[str]] = defaultdict(Counter)
    for case in some:
        if not case.single:
            continue
        own = f"{case.judged.basis}:{case.truth}"
        basis[own].append(case.judged.right)
        parts = case.rule.split(".")
        for n in range(1, len(parts) + 1):
            key = f"{'.'.join(parts[:n])}:{case.truth}"
            rules[key].append(case.judged.right)
            bases[key][own] += 1
    table = {key: _drawn(right, PRIOR) for key, right in sorted(basis.items())}
    return table, {
        key: _drawn(right, table[bases[key].most_common(1)[0][0]])
        for key, right in sorted(rules.items())
        if len(right) >= LEAST
    }


def _drawn(right: Sequence[bool], towards: float) -> float:
    return round((sum(right) + SHRINK * towards) / (len(right) + SHRINK), 2)


def confidence(case: Case, basis: Mapping[str, float], rules: Mapping[str, float]) -> float:
    rule = case.rule
    while rule:
        if f"{rule}:{case.truth}" in rules:
            return rules[f"{rule}:{case.truth}"]
        rule = rule.rpartition(".")[0]
    return basis.get(f"{case.judged.basis}:{case.truth}", BASES[case.judged.basis])


def crossed(some: Sequence[Case]) -> list[Judged]:
    """Every pair with the confidence that the other folds' patients give it."""
    out = []
    for n in range(FOLDS):
        basis, rules = fitted([c for c in some if fold(c, FOLDS) != n])
        out += [replace(c.judged, confidence=confidence(c, basis, rules)) for c in some if fold(c, FOLDS) == n]
    return out


def policy(some: Sequence[Case]) -> None:
    """Silent pairs: the answer of the policy's row against the commoner label of the other half's patients."""
    silent = [c for c in some if c.rule.startswith("silence.") and c.judged.gold not in metrics.THREE]
    rows: dict[str, dict[int, Counter[str]]] = defaultdict(lambda: {0: Counter(), 1: Counter()})
    for case in silent:
        rows[case.rule][fold(case, 2)][case.judged.gold] += 1
    print(f"\nPolicy on silence: {len(silent)} silent pairs with six labels, two halves of the patients")
    print("row: right of the row as it is | right of the other half's commoner label (first half, second half)")
    kept = other = 0
    for rule, halves in sorted(rows.items()):
        own = [sum(c.judged.right for c in silent if c.rule == rule and fold(c, 2) == h) for h in (0, 1)]
        told = [halves[h][halves[1 - h].most_common(1)[0][0]] if halves[1 - h] else own[h] for h in (0, 1)]
        sizes = [sum(halves[h].values()) for h in (0, 1)]
        kept, other = kept + sum(own), other + sum(told)
        print(f"{rule}: {own[0]}/{sizes[0]} {own[1]}/{sizes[1]} | {told[0]}/{sizes[0]} {told[1]}/{sizes[1]}")
    print(f"all: {kept} of {len(silent)} | {other} of {len(silent)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", nargs="+")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    some = cases(options.pairs)
    judged = crossed(some)
    print(f"{len(judged)} pairs, {len({j.patient for j in judged})} patients, {FOLDS} folds of patients")
    print("confidence      pairs   mean  right")
    for low, high, n, said, true in metrics.reliability(judged):
        print(f"{low:.2f}-{high:.2f}   {n:8d}  {said:.3f}  {true:.3f}")
    print(f"calibration error {metrics.calibration_error(judged):.3f}")
    policy(some)
    if options.write:
        basis, rules = fitted(some)
        lines = [f'"{key}" = {value:.2f}' for key, value in basis.items()]
        lines += [f"{key} = {value}" for key, value in BASES.items()]
        lines += ["[rules]", *(f'"{key}" = {value:.2f}' for key, value in rules.items())]
        TABLE.write_text(HEAD + "[basis]\n" + "\n".join(lines) + "\n", encoding="utf-8")
        data.table.cache_clear()


if __name__ == "__main__":
    main()
