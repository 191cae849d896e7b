"""Pregnancy, lactation, menopause and contraception as a note tells them, and the patient's consent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from functools import cache

from matcher import numerals
from matcher.facts import tables
from matcher.facts.near import near
from matcher.facts.page import Draft, Page, Taken
from matcher.model import Assertion, Concept, Op, Quantity

_NUMBER_WORDS = "|".join(sorted(numerals.NUMERALS, key=len, reverse=True))
_GRAVIDA = re.compile(
    r"\bG\s?(?P<g>\d{1,2})[\s,]{0,2}(?:P|para)[\s-]?(?P<p>\d(?:[-,\s]?\d){0,3})(?!\d)"
    r"|\bgravida\s(?P<g2>\d+)(?:[\s,]{1,2}(?:and\s)?para\s(?P<p2>\d{1,2})(?!\d))?",
    re.IGNORECASE,
)
_WEEKS = re.compile(
    r"\b(?:at\s|@\s?)?(?:(?P<least>[1-4]?\d)\s?(?:-|–|to)\s?)?(?P<w>[1-4]?\d(?:\.\d)?)(?:[\s-]?(?:and\s)?(?P<d>[0-6])/7(?:ths?)?|\s?\+\s?(?P<d2>[0-6]))?"
    r"(?:[\s-]{1,2}(?P<er>weeker)s?\b|[\s-]{1,2}(?:weeks?|wks?)['’]?|w(?P<d4>[0-6])d\b|\s?wga\b)"
    r"(?:[\s,]{1,2}(?:and\s)?(?P<d3>[1-6])\sdays)?(?P<tail>['’]?[\s,]{1,2}(?:pregnant|gestation\w*|of\s(?:pregnancy|gestation)|IUP|intrauterine|by\s(?:dates|ultrasound|LMP)|EGA|gravid)"
    rf"|[\s-]{{1,2}}(?P<born>{tables.words(tables.toml('demographics')['gestation']['newborn'])}))?",
    re.IGNORECASE,
)
_BORN_SINCE: list[str] = tables.toml("demographics")["birth"]["since"]
_POSTPARTUM = re.compile(
    rf"\b(?P<n>\d{{1,3}}|{_NUMBER_WORDS})[\s-](?P<u>day|week|month|year)s?[\s-](?:{tables.words(_BORN_SINCE)})",
    re.IGNORECASE,
)
_DELIVERED = sorted({phrase.split()[0] for phrase in _BORN_SINCE})
"""Words without one of which `_POSTPARTUM` cannot match."""


_TERM = 37
"""Weeks before which a birth is premature."""
_VIABLE = 20
"""Weeks of gestation from which on one is born."""
_WEEKS_AND_DAYS = re.compile(r"[1-4]?[0-9]w[0-6]d")


def weeks_and_days(word: str) -> bool:
    """Whether a word in small letters is a gestational age by itself ("28w3d")."""
    return word[-1:] == "d" and word[:1].isdigit() and _WEEKS_AND_DAYS.fullmatch(word) is not None


def telling() -> frozenset[str]:
    """Words without one of which a sentence tells no pregnancy, the phrases of the tables apart."""
    return _tells()


def told_beside() -> frozenset[str]:
    """Words that `places` asks after."""
    return _tells() | _births_told() | _tests()


def places(text: str, low: str, words: Set[str]) -> Iterator[int]:
    """Where something is said of a pregnancy that no word by itself tells. ``low``: the text in small letters."""
    if _pregnant(words) or any(map(weeks_and_days, words)):
        for pattern in (_WEEKS, _GRAVIDA):
            for match in pattern.finditer(text):
                yield match.start()
                yield match.end() - 1
    if not _tests().isdisjoint(words):
        for match in near(_tested(), text, low, _tests()):
            yield match.start()
    if not _births_told().isdisjoint(words):
        for match in near(_POSTPARTUM, text, low, _DELIVERED):
            yield match.start()


def read(page: Page) -> None:
    """Add what the note says of it."""
    _pregnancy(page)
    _listed(page, "lactation", "lactation")
    _listed(page, "contraception", "contraception")
    _menopause(page)
    _listed(page, "consent", "administrative")


_SENTENCE = 70
"""Characters before a number of weeks that may tell of a birth."""


def _pregnancy(page: Page) -> None:
    text = page.text
    taken = Taken()

    def put(
        start: int, end: int, result: str, assertion: Assertion | None, rule: str, quantity: Quantity | None = None
    ) -> None:
        if not taken.take(start, end):
            return
        page.add(
            Draft(
                "pregnancy",
                start,
                end,
                result=result,
                assertion=assertion,
                rule=rule,
                quantity=quantity,
                type="condition",
            )
        )

    told = page.phrases.of("pregnancy.postpartum")
    for match in near(_POSTPARTUM, text, page.low, _DELIVERED) if told else ():
        number = numerals.number(match["n"]) or 0.0
        quantity = Quantity(number, number, match["u"].lower() + "s", start=match.start(), end=match.end())
        put(*match.span(), "postpartum", "historical", "pregnancy.postpartum", quantity)
    alone = any(map(weeks_and_days, page.phrases.vocabulary))
    weekly = not page.phrases.vocabulary.isdisjoint(tables.toml("demographics")["gestation"]["weeks"])
    asked = alone or (weekly and _pregnant(page.phrases.vocabulary))
    for match in _WEEKS.finditer(text) if asked else ():
        gravid = _GRAVIDA.search(text, max(0, match.start() - 40), match.start())
        at_birth = not gravid and _at_birth(text, match.start())
        born = match["born"] or match["er"]
        if at_birth and float(match["w"]) < _VIABLE:
            continue  # "the infant at 6 weeks had colic"
        placed = (gravid or at_birth) and match.group().lower().startswith(("at", "@"))
        brief = match["d4"] is not None or (
            gravid is not None and match.group().lower().endswith("wga")
        )  # "G2P1, 18w3d"
        if not (match["tail"] or born or placed or brief):
            continue
        days = match["d"] or match["d2"] or match["d3"] or match["d4"]
        weeks = float(match["w"]) + (int(days) / 7 if days else 0)
        if (
            not gravid
            and not at_birth
            and not born
            and _ahead().search(text, max(0, match.start() - 30), match.start()) is not None
        ):
            taken.take(*match.span())  # "twins deliver prior to 32 weeks' gestation": not where she is now
            continue
        least = min(float(match["least"] or weeks), weeks)
        quantity = Quantity(least, weeks, "weeks", start=match.start(), end=match.end())
        start = gravid.start() if gravid else match.start()
        if at_birth or born:
            taken.take(start, match.end())  # "a girl born at 27 weeks' gestation"
        else:
            put(start, match.end(), "pregnant", None, "pregnancy.weeks", quantity)
        concept = Concept("LOINC", tables.toml("concepts")["gestational_age"], "Gestational age")
        page.add(Draft("measurement", start, match.end(), concept, quantity, rule="pregnancy.weeks"))
        early_birth = at_birth and weeks < _TERM
        delivered = _delivered().search(text[max(0, start - _SENTENCE) : start]) if early_birth else None
        if delivered is not None and delivered["other"] is None:
            early = Concept("HPO", tables.toml("concepts")["premature_birth"], "Premature birth")
            page.add(Draft("condition", start, match.end(), early, rule="pregnancy.early_birth"))
    for match in near(_tested(), text, page.low, _tests()) if not page.phrases.vocabulary.isdisjoint(_tests()) else ():
        if match["no"]:
            put(*match.span(), "negative", "absent", "pregnancy.absent")
        elif match["later"]:
            put(*match.span(), "pending", "possible", "pregnancy.pending")
        else:
            put(*match.span(), "pregnant", None, "pregnancy.present")
    for key, result, assertion in (
        ("pending", "pending", "possible"),
        ("absent", "negative", "absent"),
        ("other", "", None),
        ("postpartum", "postpartum", "historical"),
        ("present", "pregnant", None),
    ):
        for hit in page.phrases.of(f"pregnancy.{key}"):
            if key == "other":
                if not any(p.start < hit.start and hit.end <= p.end for p in page.phrases.of("pregnancy.present")):
                    taken.take(hit.start, hit.end)  # but in the "30th week of her | first pregnancy"
            else:
                put(hit.start, hit.end, result, assertion, f"pregnancy.{key}")  # type: ignore[arg-type]
    for match in _GRAVIDA.finditer(text) if _pregnant(page.phrases.vocabulary) else ():
        put(*match.span(), "gravidity", "historical", "pregnancy.gravida")
        _counts(page, match)


@cache
def _tests() -> frozenset[str]:
    """Of each name of a test for pregnancy the longest word."""
    names = tables.toml("demographics")["pregnancy_test"]["names"]
    return frozenset(max(re.findall(r"[^\W_]+", name.lower()), key=len) for name in names)


@cache
def _tested() -> re.Pattern[str]:
    """A test for pregnancy with its result, and the day or the specimen between: "hCG today POS", "hCG: negative for
    pregnancy" (what it was done for belongs to the test)."""
    data = {key: tables.words(words) for key, words in tables.toml("demographics")["pregnancy_test"].items()}
    return re.compile(
        rf"(?:{data['names']})(?:[\s:(),]{{1,3}}(?:{data['between']}|\d[\d/.-]{{0,9}}))*[\s:(),]{{0,3}}"
        rf"(?:(?P<no>{data['negative']})|(?P<later>{data['pending']})|(?:{data['positive']}))(?![\w+])"
        rf"(?:[\s)]{{1,2}}(?:{data['of']})(?!\w))?",
        re.IGNORECASE,
    )


def _counts(page: Page, match: re.Match[str]) -> None:
    """How often she was pregnant and gave birth: "G3P2", "gravida 3, para 2", "G2, P1-0-0-1" (of term, preterm)."""
    births = re.findall(r"\d", match["p"] or "")
    parity = match["p2"] or (births and str(sum(map(int, births[:2] if len(births) == 4 else births[:1]))))
    told = ((match["g"] or match["g2"], "gravidity", "Pregnancies"), (parity, "parity", "Parity"))
    for count, key, name in told:
        if count:
            value = Quantity(float(count), float(count), start=match.start(), end=match.end())
            concept = Concept("LOINC", tables.toml("concepts")[key], name)
            page.add(Draft("measurement", *match.span(), concept, value, rule="pregnancy.gravida", type="measurement"))


def _at_birth(text: str, at: int) -> bool:
    """Whether the weeks at ``at`` are the age at a birth that was."""
    births, to_come = _births()
    before = text[max(0, at - _SENTENCE) : at]
    born = births.search(before)
    return born is not None and to_come.search(before) is None


@cache
def _births() -> tuple[re.Pattern[str], re.Pattern[str]]:
    words = tables.toml("demographics")["gestation"]
    return (
        re.compile(rf"\b(?:{tables.words(words['at_birth'])})\b[^.;,\n]{{0,40}}$", re.IGNORECASE),
        re.compile(rf"\b(?:{tables.words(words['to_come'])})\b[^.;\n]*$", re.IGNORECASE),
    )


@cache
def _delivered() -> re.Pattern[str]:
    """A birth right before its weeks, and whether another one is told before it in the sentence."""
    words = tables.toml("demographics")["gestation"]
    other = rf"(?P<other>\b(?:{tables.words(words['born_other'])})\b[^.;\n]*)?"
    return re.compile(rf"{other}\b(?:{tables.words(words['delivered'])})\b[^.;,\n]{{0,40}}$", re.IGNORECASE)


@cache
def _ahead() -> re.Pattern[str]:
    """What makes a number of weeks a time to come, or one of others."""
    words = tables.toml("demographics")["gestation"]["ahead"]
    return re.compile(rf"\b(?:{tables.words(words)})\s(?:(?:about|around|approximately|at)\s)?$", re.IGNORECASE)


@cache
def _births_told() -> frozenset[str]:
    """Of each phrase that tells of a birth the longest word."""
    phrases = tables.toml("demographics")["pregnancy"]["postpartum"]
    return frozenset(max(re.findall(r"[^\W_]+", phrase.lower()), key=len) for phrase in phrases)


@cache
def _tells() -> frozenset[str]:
    return frozenset(tables.toml("demographics")["gestation"]["tells"])


def _pregnant(words: Set[str]) -> bool:
    """Whether a note of these words speaks of a pregnancy at all."""
    return not _tells().isdisjoint(words) or any(word[0] == "g" and word[1:2].isdigit() for word in words)


def _listed(page: Page, key: str, kind: Op) -> None:
    taken = Taken()
    for name in ("other", "absent", "abstinent", "present", "poor"):
        for hit in page.phrases.of(f"{key}.{name}"):
            if not taken.take(hit.start, hit.end) or name == "other":
                continue
            denied = name == "absent"
            told = name in ("abstinent", "poor")
            page.add(
                Draft(
                    kind,
                    hit.start,
                    hit.end,
                    result="no" if denied else name if told else "yes",
                    assertion="absent" if denied else "present" if name == "abstinent" else None,
                    rule=f"{key}.{name}",
                )
            )


def _menopause(page: Page) -> None:
    for name in ("premenopausal", "postmenopausal", "sterile"):
        for hit in page.phrases.of(f"menopause.{name}"):
            # "LMP at age 51", "LMP 2015": the last of all
            ended = name == "premenopausal" and hit.phrase in _last_menses() and _long_ago(page, hit.end)
            if hit.phrase in _last_menses() and _not_known().match(page.text, hit.end) is not None:
                continue  # "LMP unknown"
            said = "postmenopausal" if ended else name
            page.add(Draft("pregnancy", hit.start, hit.end, result=said, rule=f"menopause.{said}"))


@cache
def _not_known() -> re.Pattern[str]:
    words = tables.words(tables.toml("demographics")["menopause"]["not_known"])
    return re.compile(rf"\s?[:(-]?\s?(?:is |was )?(?:{words})(?!\w)", re.IGNORECASE)


def _long_ago(page: Page, at: int) -> bool:
    """Whether a time right behind the last menses is a year ago or more."""
    found = _LONG_AGO.match(page.text, at)
    if found is None or found["year"] is None:
        return found is not None
    noted = page.note.date
    day = (noted.end or noted.start) if noted is not None else None
    return day is not None and day.year - int(found["year"]) > 1


_LONG_AGO = re.compile(
    r"\s?[:(]?\s?(?:was |were |about |approximately |around |over |more than |~|> ?|in )*"
    r"(?:(?:at )?(?:the )?age (?:of )?\d\d|at \d\d\b|(?:\d+|several|many) ?(?:years|yrs|y) ago"
    r"|(?P<year>(?:19|20)\d\d)\b)",
    re.IGNORECASE,
)


@cache
def _last_menses() -> frozenset[str]:
    return frozenset(tables.toml("demographics")["menopause"]["last_menses"])
