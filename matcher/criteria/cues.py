"""The word lists of the segmenter, as compiled from `matcher/resources/criteria/{headings,runons}.toml`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from matcher import resources
from matcher.patterns import alternatives


@dataclass(frozen=True, slots=True)
class Cues:
    section: re.Pattern[str]
    """At the start of a block: groups ``inclusion``, ``exclusion``, ``neutral``, then what may surround them."""
    inline: re.Pattern[str]
    """A section heading in the middle of a paragraph, with its colon."""
    other: re.Pattern[str]
    frames: tuple[tuple[str, re.Pattern[str]], ...]
    topics: frozenset[str]
    sound: re.Pattern[str]
    """A lead that its limits say in numbers ("adequate organ and marrow function, as defined by:")."""
    bare: frozenset[str]
    """Topics that need no colon."""
    subjects: frozenset[str]
    labels: re.Pattern[str]
    """A topic or subject with its colon, inside a run-on."""
    premise_words: re.Pattern[str]
    premise_starts: re.Pattern[str]
    premise_patterns: tuple[re.Pattern[str], ...]
    controls: re.Pattern[str]
    """Who is compared with the patients: "healthy volunteers"."""
    of_sex: re.Pattern[str]
    """An entry with the ages of one sex: groups ``female``, ``male``."""
    patients: re.Pattern[str]
    """Who has a disease: "patients with asthma"."""
    introduces: re.Pattern[str]
    quantifiers: re.Pattern[str]
    ill: re.Pattern[str]
    """A word for a disease or a tumor, by its ending."""
    bare_name: re.Pattern[str]
    """A name alone: no number, no limit, no demand."""
    closes: re.Pattern[str]
    ends: re.Pattern[str]
    note: re.Pattern[str]
    nothing: frozenset[str]
    elsewhere: tuple[re.Pattern[str], ...]
    unspecified: tuple[re.Pattern[str], ...]
    disguised: dict[str, re.Pattern[str]]
    part: re.Pattern[str]
    """The label of a part of the study before a heading: group ``label``."""
    unit: re.Pattern[str]
    """The same with its colon or dash, before a criterion."""
    no_group: re.Pattern[str]
    everyone: re.Pattern[str]
    field: re.Pattern[str]
    fields: dict[str, str]
    unlimited: frozenset[str]
    aged: re.Pattern[str]
    from_age: re.Pattern[str]
    to_age: re.Pattern[str]
    only_sex: re.Pattern[str]
    joins: re.Pattern[str]
    limits: re.Pattern[str]
    names: frozenset[str]
    open_words: frozenset[str]
    shortened: frozenset[str]
    """Units and the like, whose full stop ends a sentence only before a capital."""
    openers: frozenset[str]
    """Words whose capital opens a statement behind a lower-case word."""
    abbreviations: frozenset[str]
    backward: re.Pattern[str]


@cache
def cues() -> Cues:
    head, runs = resources.toml("criteria/headings"), resources.toml("criteria/runons")
    sections = head["sections"]
    before, after = alternatives(sections["before"]), alternatives(sections["after"])
    core = "|".join(f"(?P<{kind}>{alternatives(sections[kind])})" for kind in ("exclusion", "inclusion", "neutral"))
    mid = alternatives([w for kind in ("inclusion", "exclusion") for w in sections[kind] if "criteri" in w])
    labels = head["topics"]["names"] + head["topics"]["subjects"]
    fields = {re.sub(r"\s+", " ", word): name for name, words in head["fields"].items() for word in words}
    parts, whom, covered = alternatives(head["units"]["parts"]), head["premises"], head["covered"]
    own = alternatives(head["units"]["own"])
    number = r"(?:\d{1,2}[a-z]?|[a-h]|[ivx]{1,4})"
    return Cues(
        section=re.compile(
            rf"(?:(?:{before})(?:[\s/&,-]+(?:and\s+|or\s+)?))*(?:{core})(?!\w)(?P<after>(?:[ \t]+(?:{after})(?!\w))*)",
            re.I,
        ),
        inline=re.compile(
            rf"(?<=[.;:)\]?!*•\n-])[ \t\r\n]{{1,20}}(?P<head>(?:(?:Key|Main|Major|KEY|MAIN|Specific|General)\s+)?"
            rf"(?=[IENS])(?i:{mid}))(?P<of>\s{{0,3}}\([^()\n]{{0,60}}\))?\s{{0,3}}(?::|[–-](?=\s))"
        ),
        other=re.compile(rf"(?:{alternatives(head['other']['phrases'])})\s*:?\s*\Z", re.I),
        frames=tuple((frame["kind"], re.compile(frame["pattern"])) for frame in head["frames"]),
        topics=frozenset(head["topics"]["names"]),
        sound=_sound(head["sound"]),
        bare=frozenset(head["topics"]["bare"]),
        subjects=frozenset(head["topics"]["subjects"]),
        labels=re.compile(rf"(?<!\S)(?=[A-Z])(?i:{alternatives(labels)})\s{{0,3}}:(?=\s|\Z)"),
        premise_words=re.compile(rf"\b(?:{alternatives(head['premises']['words'])})\b", re.I),
        premise_starts=re.compile(rf"(?:{alternatives(head['premises']['starts'])})\b", re.I),
        premise_patterns=tuple(re.compile(pattern, re.I) for pattern in head["premises"]["patterns"]),
        ill=re.compile(rf"(?:{alternatives(head['lists']['ill_endings'])})\b", re.I),
        bare_name=re.compile(rf"(?!\W*(?:{alternatives(head['lists']['no_name'])})\b)[^\d<>≥≤=:;]+", re.I),
        of_sex=re.compile(
            rf"(?:(?P<female>{alternatives(whom['female'])})|(?P<male>{alternatives(whom['male'])}))"
            rf"(?:[\s\d,.:;<>≥≤=()–-]|\b(?:{alternatives(whom['of_age'])})\b)*\d(?:[\s\d,.:;<>≥≤=()–-]|\b(?:{alternatives(whom['of_age'])})\b)*",
            re.I,
        ),
        controls=re.compile(rf"(?:{'|'.join(whom['controls'])})", re.I),
        patients=re.compile(rf"(?:{'|'.join(whom['patients'])})", re.I),
        quantifiers=re.compile(rf"\b(?:{alternatives(head['lists']['quantifiers'])})\b", re.I),
        closes=re.compile(
            rf"\b(?:{alternatives(head['lists']['closes'])})(?: (?:criteria|conditions|features|items|signs|symptoms))?"
            r"[\s)\]:.…]*\Z",
            re.I,
        ),
        ends=re.compile(rf"\b(?:{alternatives(head['lists']['ends'])})\b", re.I),
        introduces=re.compile(rf"(?:\A|[^\w])(?:{alternatives(head['lists']['introduces'])})\W*\Z", re.I),
        note=re.compile(rf"[*(\[]*\s*(?:{alternatives(head['notes']['starts'])})\s*[:.-]", re.I),
        nothing=frozenset(head["notes"]["nothing"]),
        elsewhere=tuple(re.compile(pattern, re.I) for pattern in head["notes"]["elsewhere"]),
        unspecified=tuple(re.compile(pattern, re.I) for pattern in head["notes"]["unspecified"]),
        disguised={kind: re.compile("|".join(found), re.I) for kind, found in head["disguised"].items()},
        part=re.compile(rf"(?P<label>(?:{parts})\s?#?\s?{number})(?:\s*[:,–-])?\s+(?:specific\s+)?", re.I),
        unit=re.compile(
            rf"(?P<label>(?:{parts}|(?!\w+ {number} [-–—] {number}\b)(?:{own}))\s?#?\s?{number}"
            rf"(?:\s?(?:,|and|&|or|/|-)\s?{number})*(?:\s?\([^()]{{1,60}}\))?)"
            rf"(?:\s(?:{alternatives(head['units']['behind'])})){{0,2}}\s{{0,2}}(?::|[-–—](?=\s))\s*",
            re.I,
        ),
        no_group=re.compile(rf"(?:{alternatives(whom['no_group'])})\b(?! (?:{alternatives(whom['narrowing'])}))", re.I),
        everyone=re.compile(
            rf"(?:for|in)?\s*(?:{alternatives(whom['all'])})\b(?!.*\b(?:{alternatives(whom['some'])})\b)", re.I
        ),
        field=re.compile(rf"(?P<name>{alternatives(list(fields))})[ \t]*:[ \t]*(?P<value>\S[^\r\n]*)?", re.I),
        fields=fields,
        unlimited=frozenset(covered["unlimited"]),
        aged=re.compile(rf"(?<!\w)(?:{alternatives(covered['aged'])})(?!\w)", re.I),
        from_age=re.compile(rf"[>≥≧]|=>|\b(?:{alternatives(covered['lower'])})\b", re.I),
        to_age=re.compile(rf"[<≤≦]|=<|\b(?:{alternatives(covered['upper'])})\b", re.I),
        only_sex=re.compile(
            rf"\W*(?:(?:{alternatives(covered['before_sex'])})\W+)*(?:{alternatives(covered['sexes'])})"
            rf"(?:\s+(?:{alternatives(covered['behind_sex'])}))?\W*\Z",
            re.I,
        ),
        joins=re.compile(rf"(?:{alternatives(runs['joins'])})\b", re.I),
        limits=re.compile(rf"[<>≥≤=]|\b(?:{alternatives(runs['limits'])})\b", re.I),
        names=frozenset(runs["names"]),
        open_words=frozenset(runs["open_words"]),
        shortened=frozenset(runs["shortened"]),
        openers=frozenset(runs["openers"]),
        abbreviations=frozenset(runs["abbreviations"]),
        backward=re.compile(rf"(?:{alternatives(runs['backward'])})\b", re.I),
    )


def _sound(table: dict[str, list[str]]) -> re.Pattern[str]:
    """ "Adequate", organs, "function", and how the lead goes on up to its colon."""
    before, degree, of, what, tail = (alternatives(table[key]) for key in ("before", "degree", "of", "what", "tail"))
    organs = rf"(?:{of})(?:(?:\s*[,/&]\s*|\s+)(?:(?:and|or|and/or|&)\s+)?(?:{of})){{0,8}}"
    return re.compile(
        rf"(?:(?:{before})\s+){{0,4}}(?:{degree})\s+{organs}\s+(?:{what})"
        rf"(?P<tail>(?:[\s,(]+(?:{tail}|\d{{1,3}})(?![\w])){{0,24}})[\s,)]*(?P<colon>:|\Z)",
        re.I,
    )
