"""The nouns that every stage shares: frozen dataclasses, no logic.

Offsets are character offsets in the source text (0-based, end exclusive, after decoding, line ends kept):
``text[start:end]`` is always the quote.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

# ---------------------------------------------------------------- vocabulary of the program

EntityType = Literal[
    "condition",
    "drug",
    "procedure",
    "measurement",
    "observation",
    "device",
    "person",
    "value",
    "temporal",
    "negation",
    "allergy",
    "biomarker",
]
"""What a recognised span is (``match parse``: ``entities[].type``)."""

Op = Literal[
    "age",
    "sex",
    "condition",
    "medication",
    "procedure",
    "measurement",
    "score",
    "stage",
    "biomarker",
    "allergy",
    "pregnancy",
    "lactation",
    "contraception",
    "family_history",
    "therapy_lines",
    "behaviour",
    "administrative",
    "other",
]
"""What a leaf of the logic speaks of; a fact's ``kind`` is one of the same words."""

Assertion = Literal[
    "present",
    "absent",
    "possible",
    "family",
    "historical",
    "hypothetical",
    "planned",
    "declined",
    "retracted",
]
"""How a note asserts a mention. ``historical``: true of the patient, in the past."""

Status = Literal["current", "past", "ever", "new"]
Kind = Literal["inclusion", "exclusion"]
Truth = Literal["met", "not_met", "unknown"]
Basis = Literal["documented", "assumed", "conflict", "not_applicable", "none"]
CriterionStatus = Literal["parsed", "partial", "human", "unparsed"]
PatientVerdict = Literal["eligible", "ineligible", "review"]


# ---------------------------------------------------------------- terminology


@dataclass(frozen=True, slots=True)
class Concept:
    """One meaning. ``id`` alone identifies it (a CURIE, or a bare LOINC code)."""

    system: str
    id: str
    name: str


# ---------------------------------------------------------------- text


@dataclass(frozen=True, slots=True, order=True)
class Span:
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Mention:
    """A recognised span: what `matcher.ner` yields, whichever back-end found it."""

    start: int
    end: int
    text: str
    type: EntityType
    concept: Concept | None = None
    source: str = "terms"
    """``terms``, ``model``, ``grammar`` (numbers, windows) or ``protocol`` (a protocol's own term)."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Calendar days, both inclusive; None = open. A month-only date is its first to its last day."""

    start: dt.date | None = None
    end: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number as written, as the interval in which the true value lies.

    ``8.1`` is low = high = 8.1; ``55-60`` is low 55, high 60; ``<20`` is low None, high 20, high_open.
    ``unit`` is as written, None where none is; ``ref_low``/``ref_high`` is the reference range beside it, same unit.
    """

    low: float | None
    high: float | None
    unit: str | None = None
    low_open: bool = False
    high_open: bool = False
    ref_low: float | None = None
    ref_high: float | None = None
    start: int = 0
    end: int = 0


# ---------------------------------------------------------------- notes and facts


@dataclass(frozen=True, slots=True)
class Note:
    patient_id: str
    note_id: str
    text: str
    date: Interval | None = None
    source: str = ""
    """Where it was read from, for messages: a path, or ``file:line``."""
    structured: tuple[Fact, ...] = ()
    """Facts that came as data (FHIR resources), with the resource's text as evidence."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing a note says, with the span that says so."""

    kind: Op
    text: str
    """The mention as written: ``note.text[start:end]``."""
    start: int
    end: int
    note_id: str
    concept: Concept | None = None
    assertion: Assertion = "present"
    experiencer: str = "patient"
    """``patient``, or the relative or other person ("mother", "donor")."""
    cue: Span | None = None
    """The words that decided the assertion."""
    quantity: Quantity | None = None
    result: str | None = None
    """A result that is no number, normalised: positive, negative, detected, not_detected, pending, not_reportable,
    equivocal, amplified, not_amplified, mutated, wild_type, normal, abnormal, "IIIB", "3+" …"""
    time: Interval | None = None
    """When it held or happened; None = as of the note. A fact that is known to lie in the past but not when
    has ``assertion`` historical and ``time`` None."""
    status: Status | None = None
    """``past`` for what has stopped or resolved, ``current`` where the text says so, ``new`` for what just began."""
    changed: Interval | None = None
    """When a dose was last changed (medication)."""
    qualifiers: tuple[str, ...] = ()
    """Severity, laterality, acuity, route, body site …: lower-case words of `matcher/resources`."""
    section: str | None = None
    note_date: Interval | None = None
    quote_start: int = 0
    quote_end: int = 0
    """The sentence or clause a reader needs; encloses the mention."""
    formula: str | None = None
    """Derived facts: the formula with its numbers, for the explanation."""
    inputs: tuple[Fact, ...] = ()
    rule: str = ""
    """The name of the rule that made it."""
    source: str = "terms"
    ago: tuple[int | None, int | None] | None = None
    """Begin and end in days before the note, where the note's own day is not known ("3 weeks ago"); None = open."""


@dataclass(frozen=True, slots=True)
class Record:
    """All that is known of one patient. ``facts`` are in time order, then note order, then offset order."""

    patient_id: str
    notes: tuple[Note, ...]
    facts: tuple[Fact, ...]
    as_of: dt.date | None = None


# ---------------------------------------------------------------- criteria


@dataclass(frozen=True, slots=True)
class Window:
    """A time window relative to the screening date; durations as written ("6 months")."""

    within: str | None = None
    at_least_ago: str | None = None


@dataclass(frozen=True, slots=True)
class Leaf:
    """One predicate. See ``docs/logic.md`` for the meaning of every key."""

    op: Op
    start: int
    end: int
    term: str = ""
    concept: Concept | None = None
    cmp: str | None = None
    """``< <= > >= = between``, or None."""
    value: float | str | None = None
    value2: float | str | None = None
    unit: str | None = None
    uln: bool = False
    """``value`` is a multiple of the upper limit of normal."""
    lln: bool = False
    """``value`` is a multiple of the lower limit of normal."""
    window: Window | None = None
    status: Status | None = None
    qualifiers: tuple[str, ...] = ()
    count_cmp: str | None = None
    count: int | None = None
    """Events: "at least 2 exacerbations in 12 months"."""
    stable: str | None = None
    """Medication: unchanged for this long ("8 weeks")."""


@dataclass(frozen=True, slots=True)
class And:
    args: tuple[Logic, ...]


@dataclass(frozen=True, slots=True)
class Or:
    args: tuple[Logic, ...]


@dataclass(frozen=True, slots=True)
class Not:
    arg: Logic


@dataclass(frozen=True, slots=True)
class AtLeast:
    n: int
    args: tuple[Logic, ...]


@dataclass(frozen=True, slots=True)
class Except:
    """``base``, but not what is in ``spares``."""

    base: Logic
    spares: tuple[Logic, ...]


@dataclass(frozen=True, slots=True)
class If:
    """Where ``premise`` does not hold the criterion is not applicable."""

    premise: Logic
    then: Logic


Logic = And | Or | Not | AtLeast | Except | If | Leaf


@dataclass(frozen=True, slots=True)
class Fragment:
    """Protocol text that has no predicate, with why."""

    start: int
    end: int
    text: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Criterion:
    id: str
    kind: Kind
    text: str
    start: int
    end: int
    status: CriterionStatus
    entities: tuple[Mention, ...] = ()
    logic: Logic | None = None
    reading: str = ""
    unparsed: tuple[Fragment, ...] = ()
    question: str | None = None
    """What to ask the person who judges a ``human`` criterion."""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Protocol:
    id: str
    source: str
    text: str
    criteria: tuple[Criterion, ...]
    title: str = ""
    conditions: tuple[str, ...] = ()
    """The index diseases, where the registry names them."""
    headings: tuple[Span, ...] = ()
    unread: tuple[Fragment, ...] = ()
    """Text of the criteria sections that is neither criterion nor heading."""
    warnings: tuple[str, ...] = ()


# ---------------------------------------------------------------- verdicts


@dataclass(frozen=True, slots=True)
class Evidence:
    note_id: str
    start: int
    end: int
    line: int
    quote: str
    date: str | None
    assertion: Assertion


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a derivation: what was asked, what was found, how it was decided."""

    text: str
    truth: Truth
    rule: str = ""
    details: tuple[str, ...] = ()
    """Arithmetic of units and dates, cues, where it was looked for."""
    evidence: tuple[Evidence, ...] = ()
    children: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the evaluator says of one criterion. ``truth`` speaks of the criterion's statement."""

    criterion: Criterion
    truth: Truth
    basis: Basis
    confidence: float
    reason: str
    needs: str | None = None
    evidence: tuple[Evidence, ...] = ()
    steps: tuple[Step, ...] = ()
    near: str | None = None
    """The smallest change that would turn the verdict."""


@dataclass(frozen=True, slots=True)
class Screening:
    """One patient against one protocol."""

    protocol_id: str
    patient_id: str
    as_of: dt.date | None
    verdict: PatientVerdict
    verdict_basis: Literal["documented", "assumed"]
    score: float
    verdicts: tuple[Verdict, ...]
    rank: int = 0
    problems: tuple[str, ...] = ()
    """Notes of this patient that could not be read, with why."""
    score_parts: tuple[tuple[str, float], ...] = ()
    """What the score was made of (``docs/score.md``), where it was asked to be explained."""


@dataclass(frozen=True, slots=True)
class Settings:
    """what a user may change without touching the package."""

    as_of: dt.date | None = None
    unmentioned: Literal["policy", "unknown"] = "policy"
    ner: str = "default"
    site: Mapping[str, Any] = field(default_factory=dict)
    """The parsed TOML of ``--config``."""
