"""Who the patient is: age and sex; `reproductive` adds pregnancy and what belongs to it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Set
from functools import cache, lru_cache
from typing import NamedTuple

from matcher import numerals, resources
from matcher.facts import ages, persons, reproductive, tables
from matcher.facts.near import around, whole
from matcher.facts.page import Draft, Page
from matcher.model import Interval, Quantity

_NUMBER_WORDS = "|".join(sorted(numerals.NUMERALS, key=len, reverse=True))
_UNIT = {"y": "years", "m": "months", "w": "weeks", "d": "days", "h": "hours"}


@cache
def _age() -> re.Pattern[str]:
    sexes = sorted(persons.sex_words(), key=len, reverse=True)
    return re.compile(
        rf"""(?<![\w.$/-])(?:[Aa](?=\d))?(?:
          (?P<n>\d{{1,3}}(?:\.\d)?|(?:{_NUMBER_WORDS})(?:[- ](?:{_NUMBER_WORDS}))?)
          (?P<half>[\s-]{{0,2}}1/2|\s?½|[ -]and[ -](?:a|one)[ -]half)?(?:[\s-]{{0,2}}(?P<twelfths>1[01]|[1-9])/12)?
          (?:
            (?:[\s-]{{0,2}}(?:years?|yrs?|y)[\s,-]{{1,2}}(?:and\s)?(?P<more>\d{{1,2}}))?
            [\s-]{{0,2}}(?P<u>year|yr|y|month|mo|week|wk|day|hour)s?['’]?\.?(?:[\s-]{{0,2}}|[/.])(?:old|o\b\.?|of\sage)
              (?:[\s,]{{1,2}}(?:[A-Za-z'’/-]{{2,20}},?[\s-]){{0,5}}?(?P<s1>{"|".join(sexes)})(?![\w']))?
          | \s?(?:yo|y/o|y\.o\.?)(?![a-z])
              (?:[\s,]{{1,2}}(?:[A-Za-z'’/-]{{2,20}},?\s){{0,4}}?(?P<s2>{"|".join(sexes)})(?![\w']))?
          | [\s-]?(?P<s3>[MF])(?![\w/:°']|\.\d|\s?[:=]|\s\d(?!\d{{0,2}}(?:\.\d)?\s?(?:kg|lbs?|cm)\b))
          )
          | (?:aged?|AGE)(?:\s(?:of|is))?[\s:]{{1,3}}(?P<n2>\d{{1,3}})(?!\d|\s?[-/%.]\s?\d|\s?(?:mg|and))
              (?:\s?(?P<u2>year|yr|y|month|mo|week|day)s?)?
        )""",
        re.IGNORECASE | re.VERBOSE,
    )


_BIRTH = re.compile(
    r"\b(?:DOB|D\.O\.B\.?|date\sof\sbirth|birth\s?date|born(?:\son)?)[\s:=]{1,4}"
    r"(?P<date>\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d\d)"
    r"|[A-Z][a-z]{2,8}\.?\s\d{1,2}(?:st|nd|rd|th)?,?\s\d{4}"
    r"|(?:the\s)?\d{1,2}(?:st|nd|rd|th)?[\s-](?:of\s)?[A-Z][a-z]{2,8}\.?,?[\s-]\d{4})",
    re.IGNORECASE,
)
_BIRTH_YEAR = re.compile(
    r"(?:(?:\A|[.;\n(])\s*(?:(?:the\s)?(?:patient|pt)\s(?:was\s)?)?|\b(?:s?he|patient|pt|who)\s(?:was\s)?)"
    r"(?:born\s(?:in\s)?|(?:DOB|year\sof\sbirth|YOB|birth\syear)[\s:=]{1,4})(?P<date>(?:[A-Z][a-z]{2,8}\.?,?\s)?(?:19|20)\d\d)"
    r"(?![-/.]\d|\w|\s?(?:g|gm|grams)\b|\s(?:and|to|via|by|at)\b)",
    re.IGNORECASE,
)
"""The year, or year and month, in which the patient was born."""
_ORDINAL = re.compile(r"\bthe\s|(?<=\d)(?:st|nd|rd|th)\b", re.IGNORECASE)
_BETWEEN = re.compile(r"\sof\s|-(?=[A-Za-z])|(?<=[A-Za-z])-", re.IGNORECASE)
_SEX_FIELD = re.compile(r"\b(?:sex|gender)\s{0,3}[:=]\s{0,3}(?P<sex>male|female|man|woman|m|f)\b", re.IGNORECASE)
_NOW_AGED = re.compile(
    r"(?:^|[\n,;:.(|])\s*(?:(?:the\s)?(?:patient|pt)(?:\sis|['’]s)?\s|is\s|current\s)?$", re.IGNORECASE
)
"""What stands before "age 45" where it is the patient's now."""
@cache
def _person_aged() -> re.Pattern[str]:
    """Before "aged 45", too: "a pleasant woman"."""
    sexes = tables.words(word for word in persons.sex_words() if len(word) > 2)
    return re.compile(
        rf"(?:^|[\n.;:(]\s|\b(?:this|{tables.words(tables.toml('demographics')['age']['own'])})\s(?:is|was)\s)"
        rf"(?:(?:an?|this)\s(?:[a-z-]+\s){{0,3}})?(?:{sexes}),?\s$",
        re.IGNORECASE,
    )


_ALONE = re.compile(r"(?:^|\.[ \t])[ \t]*(?P<sex>female|male)[ \t]*(?:[.;\n]|$)", re.IGNORECASE | re.MULTILINE)
"""A sentence that is the patient's sex: "Age 57. Female."."""
_PER_YEAR = {"years": 1, "months": 12, "weeks": 52, "days": 365, "hours": 8766}


def years(age: Quantity) -> float | None:
    """An age in years."""
    return age.low / _PER_YEAR[age.unit] if age.low is not None and age.unit in _PER_YEAR else None


def telling() -> Iterator[str]:
    """Words without one of which a sentence says nothing of the person, the phrases of the tables apart."""
    yield from ("old", "yo", "age", "aged", "sex", "gender", *_born())
    yield from reproductive.telling()
    yield from (max(re.findall(r"[^\W_]+", name.lower()), key=len) for name in persons.groups()[1])
    yield from resources.toml("time/words")["decades"]
    unsaid = tables.toml("demographics")["sex"]["no_subject"]
    yield from (word for word in persons.sex_words() if len(word) > 2 and word not in unsaid)


_GLUED = re.compile(
    r".*(?:(?:year|yr|y|month|mo|week|wk|day|hour)s?(?:old.*|o)|(?:[0-9]|[a-z])yo(?:[^a-z].*)?|[0-9][mf]|[0-9]w[0-6]d)|g[0-9].*"
)
"""A word that may be an age, or a number of pregnancies, by itself: "35yo", "yearold", "58f", "g2"."""
_APART = re.compile(
    r"(?:years?|yrs?|months?|weeks?|wks?|days?|hours?|(?<![a-z])(?:ys?|mos?))['’]?\.?(?:[\s-]{0,2}|[/.])o\b|d\.o\.b"
)
_UNIT_BEFORE = 12
"""Characters of `_APART` before its "o"."""
_LETTER = re.compile(r"[0-9][\s-][mf](?!\w)")


def told_beside() -> frozenset[str]:
    """Words that `places` asks after."""
    return frozenset(("o", "m", "f")) | ages.beside() | reproductive.told_beside()


@lru_cache(maxsize=4096)
def glued(word: str) -> bool:
    """Whether a word of a note, in small letters, may say something of the person by itself."""
    return _GLUED.fullmatch(word) is not None


def places(text: str, low: str, words: Set[str]) -> Iterator[int]:
    """Where something is said of the person that no word by itself tells. ``low``: the text in small letters."""
    if "o" in words:
        for match in around(_APART, low, whole(low, "o"), _UNIT_BEFORE):
            yield match.start()
    if "m" in words or "f" in words:
        for match in _LETTER.finditer(low):
            yield match.start()
    if _leading().match(text):
        yield 0
    if (header := _header().search(text, 0, _HEADER_REACH)) is not None:
        yield header.end() - 1
    if not ages.titles().keys().isdisjoint(words) and (title := _titled().search(text)) is not None:
        yield title.start()
    for told in ages.found(text, low, words):
        yield told.start("n")
    yield from reproductive.places(text, low, words)


def read(page: Page) -> None:
    """Add what the note says of the person."""
    _ages(page)
    _opening(page)
    ages.read(page)
    persons.age_group(page)
    persons.decade(page)
    _births(page)
    reproductive.read(page)
    _sex(page)


@cache
def _described() -> str:
    """What a person may be called before the sex: "retired", "frail elderly"."""
    return rf"(?i:(?:{tables.words(tables.toml('demographics')['age']['described'])})\s){{0,3}}"


@cache
def _leading() -> re.Pattern[str]:
    """The person that opens a note, sex before age: "Male, 71.", "F, 52.", "Gentleman of 58 with COPD"."""
    words = "|".join(sorted((w for w in persons.sex_words() if len(w) > 2), key=len, reverse=True))
    titles = "|".join(title.capitalize() for title in sorted(ages.titles()))
    return re.compile(
        rf"\s*(?i:(?:patient|pt|id)\s?:\s?|an?\s|this\s)?{_described()}(?:(?P<sex>(?i:{words})|[MF])|(?P<title>{titles})\.?\s[A-Z][\w'’-]*\.?)"
        r"(?:\s?[,/]\s?|\s)"
        r"(?:(?i:aged?|of|age:)\s)?(?P<n>\d{1,3})(?!\d|\s?[.,]\d|\s?%|/)"
        r"(?:\s?(?i:years?(?:\sold)?|yrs?|y/?o|y)\b)?(?=\s?[,.;:)\n]|\s(?i:with|who|presents|presenting|admitted|seen|has)\b|$)"
    )


@cache
def _opener() -> re.Pattern[str]:
    """The person that opens a note without an age: "Woman with gout.", "Man, smoker."."""
    data = tables.toml("demographics")
    words = "|".join(
        sorted((w for w in persons.sex_words() if len(w) > 2 and w not in data["sex"]["no_subject"]), reverse=True)
    )
    return re.compile(
        rf"\s*(?:(?:an?\s|this\s)?{_described()}(?P<sex>{words})(?=\s?[,.;]|\s(?:{tables.words(data['age']['joins'])})\b)"
        r"|(?-i:(?P<letter>[MF]))(?=\s?,\s))",
        re.IGNORECASE,
    )


@cache
def _header() -> re.Pattern[str]:
    """The person of a header line: "Patient: Smith, J., 66 y, F", "Name: Lee | Female | 47 yrs"."""
    field = r"(?P<n{0}>\d{{1,3}})(?:\s?(?:years?(?:\sold)?|yrs?|y/?o|y))?"
    sex = r"(?P<sex{0}>male|female|m|f)"
    gap = r"\.?\s?[,;|/]\s{0,3}"
    both = f"(?:{field.format(1)}{gap}{sex.format(1)}|{sex.format(2)}{gap}{field.format(2)})"
    return re.compile(
        r"^[ \t]*(?:patient|pt|name|subject|id)\b(?![^\n]{0,40}\b(?:is|has|was)\b)"
        rf"[^\n]{{0,40}}?[,;|:]\s{{0,3}}{both}"
        r"(?=\s*(?:[,;|.]|\n|$))",
        re.IGNORECASE | re.MULTILINE,
    )


_HEADER_REACH = 600
"""Characters of a note that may hold the line on the patient."""


def _of_header(page: Page) -> None:
    """Add the age and the sex that a header line gives."""
    match = _header().search(page.text, 0, _HEADER_REACH)
    if match is None:
        return
    group = "1" if match["n1"] else "2"
    value = float(match["n" + group])
    if page.age is None and 0 < value <= 110:
        start, end = match.span("n" + group)
        quantity = Quantity(value, value, "years", start=start, end=end)
        page.age = value
        page.add(Draft("age", start, end, quantity=quantity, rule="age.stated", assertion="present", type="person"))
    if not page.sex_known:
        sex = persons.sex_words()[match["sex" + group].lower()]
        at = match.span("sex" + group)
        page.add(Draft("sex", *at, result=sex, rule="sex.stated", assertion="present", type="person"))
        page.sex_known = True


def _opening(page: Page) -> None:
    """Add the sex, and the age, of the person that opens the note."""
    _of_header(page)
    if not page.sex_known and (opener := _opener().match(page.text)) is not None:
        group = "sex" if opener["sex"] else "letter"
        sex = persons.sex_words()[opener[group].lower()]
        page.add(Draft("sex", *opener.span(group), result=sex, rule="sex.stated", assertion="present", type="person"))
        page.sex_known = True
    match = _leading().match(page.text)
    value = float(match["n"]) if match is not None else 0.0
    if match is None or not 0 < value <= 110 or page.age not in (None, value):
        return
    if page.age is None:
        start, end = match.span("n")
        quantity = Quantity(value, value, "years", start=start, end=end)
        page.age = value
        page.add(Draft("age", start, end, quantity=quantity, rule="age.stated", assertion="present", type="person"))
    if page.sex_known:
        return
    group = "sex" if match["sex"] else "title"
    sex = {**persons.sex_words(), **ages.titles()}[match[group].lower()]
    at = match.span(group)
    page.add(Draft("sex", *at, result=sex, rule="sex.stated", assertion="present", type="person"))
    page.sex_known = True


def _is_person(match: re.Match[str], value: float, before: str) -> bool:
    """ "58F" is a woman; "T 98.6 F" is none."""
    if match["s3"].islower() or not match["n"].isdigit() or value < 1:
        return False
    if not _guards().opening.search(before):
        return False
    return not (94 <= value <= 108 and match["s3"] == "F" and before.strip())


class _Guards(NamedTuple):
    """What stands beside an age and tells whose it is. The first four end before it, the others begin behind it."""

    event: re.Pattern[str]
    """It is the age at an event, not the patient's now."""
    opening: re.Pattern[str]
    """A number with a letter ("58F") may be a person here."""
    own: re.Pattern[str]
    """It is the patient's, whatever he is called behind it ("is a 15-year-old child")."""
    others: re.Pattern[str]
    """It is another person's: "her 11-year-old", "one 18-year-old and the other is …"."""
    relatives: re.Pattern[str]
    things: re.Pattern[str]
    past: re.Pattern[str]


@cache
def _guards() -> _Guards:
    lists = tables.toml("demographics")["age"].items()
    data = {name: tables.words(phrases) for name, phrases in lists if name != "groups"}
    patterns = (
        rf"(?:{data['event']}|(?:{data['clause']})\s(?:{data['subject']})(?:\s(?:{data['was']}))?)"
        rf"(?:\s(?:{data['about']}))*\s*$",
        rf"(?:^|[\n.;:(,]\s{{0,3}}|(?:{data['opens']})\s)$",
        rf"(?:{data['own']})\s(?:is|was)\s(?:an?|this|the)\s(?:\w+\s)?$|(?:^|[.:\n])\s*(?:This\s|An?\s)?$",
        rf"(?:{data['others']})\s(?:an?\s)?$",
        rf"^[\s,]{{0,2}}(?:[\w'-]{{1,15}}\s){{0,2}}?(?:{data['relatives']})",
        *(
            rf"^[\s,-]{{0,2}}(?!\s?(?:{data['joins']}))(?:[\w'-]{{1,15}}\s){{0,2}}?(?:{data[name]})"
            for name in ("things", "past")
        ),
    )
    return _Guards(*(re.compile(pattern, re.IGNORECASE) for pattern in patterns))


def _ages(page: Page) -> None:
    text = page.text
    guards = _guards()
    found_sex = False
    at = 0
    for place in page.phrases.ages:
        if place < at or (match := _age().match(text, place)) is None:
            continue
        at = match.end()
        value = numerals.number(match["n"] or match["n2"])
        if value is None:
            continue
        value += (0.5 if match["half"] else 0) + float(match["twelfths"] or 0) / 12
        unit = _UNIT[(match["u"] or match["u2"] or "y")[0].lower()]
        if match["more"]:
            # "5 years 8 months old"
            value, unit = value + float(match["more"]) / _PER_YEAR[unit], "years"
        if unit == "years" and value > 120:
            continue
        start, end = match.span()
        sexword = match["s1"] or match["s2"] or match["s3"]
        before, after = text[max(0, start - 40) : start], text[end : end + 50]
        if match["s3"] and not _is_person(match, value, before):
            continue
        # "age 45" is an age now only in a header; inside a sentence it dates an event.
        if match["n2"] and _NOW_AGED.search(before) is None and _person_aged().search(before) is None:
            continue
        own = guards.own.search(before) is not None
        person = guards.relatives.match(after)
        thing = guards.things.match(after) or ("old" in match.group().lower() and guards.past.match(after))
        if sexword is None and (guards.event.search(before) or (thing and not (own and person))):
            continue
        person = None if own else person
        if not own and sexword and (of := guards.relatives.match(" " + sexword)):
            person = of
        section = page.section_at(start)
        if section in persons.FAMILY_SECTIONS or (re.search(r"\b(?:her|his|their|a)\s$", before) and person):
            continue
        if not sexword and (person or guards.others.search(before)):
            continue
        if _kin_before().search(before) is not None:
            continue  # "his wife is 70 years old"
        span_end = end if not sexword else match.start("s1" if match["s1"] else "s2" if match["s2"] else "s3")
        span_end = len(text[start:span_end].rstrip(" ,-")) + start if sexword else end
        quantity = Quantity(value, value, unit, start=start, end=span_end)
        if page.age is None:
            page.age = years(quantity)
        page.add(
            Draft("age", start, span_end, quantity=quantity, rule="age.stated", assertion="present", type="person")
        )
        if sexword:
            group = "s1" if match["s1"] else "s2" if match["s2"] else "s3"
            page.add(
                Draft(
                    "sex",
                    match.start(group),
                    match.end(group),
                    result=persons.sex_words()[sexword.lower()],
                    rule="sex.stated",
                    assertion="present",
                    type="person",
                )
            )
            found_sex = True
    page.sex_known = found_sex


@cache
def _born() -> frozenset[str]:
    return frozenset(tables.toml("demographics")["birth"]["tells"])


def _births(page: Page) -> None:
    if page.phrases.vocabulary.isdisjoint(_born()) and "o" not in page.phrases.vocabulary:
        return
    from matcher.notes import dates

    for match in _BIRTH_YEAR.finditer(page.text):
        year = match["date"]
        whole = Interval(dt.date(int(year), 1, 1), dt.date(int(year), 12, 31)) if year.isdigit() else None
        spent = whole or dates.parse(year, page.text)
        if spent is not None and page.section_at(match.start()) not in persons.FAMILY_SECTIONS:
            page.add(
                Draft(
                    "age", match.start("date"), match.end(), time=spent, rule="age.birth", assertion="present",
                    type="person",
                )
            )  # fmt: skip
    for match in _BIRTH.finditer(page.text):
        day = dates.parse(_BETWEEN.sub(" ", _ORDINAL.sub("", match["date"])), page.text)
        if day is not None and day.start == day.end:
            page.add(
                Draft("age", match.start(), match.end(), time=day, rule="age.birth", assertion="present", type="person")
            )


def _sex(page: Page) -> None:
    text = page.text
    for match in _SEX_FIELD.finditer(text) if page.phrases.vocabulary & {"sex", "gender"} else ():
        result = "male" if match["sex"][0].lower() == "m" else "female"
        page.add(
            Draft("sex", match.start("sex"), match.end("sex"), result=result, rule="sex.field", assertion="present")
        )
        page.sex_known = True
    if page.sex_known:
        return
    for match in persons.told_of(page, _titled(), ages.titles()):
        if page.section_at(match.start()) not in persons.FAMILY_SECTIONS:
            result = ages.titles()[match["title"].lower()]
            page.add(Draft("sex", *match.span("title"), result=result, rule="sex.title", assertion="present"))
            page.sex_known = True
            return
    for match in persons.told_of(page, _subject(), (word for word in persons.sex_words() if len(word) > 2)):
        if page.section_at(match.start()) in persons.FAMILY_SECTIONS:
            continue
        word = match["sex"]
        page.add(
            Draft(
                "sex", match.start("sex"), match.end("sex"), result=persons.sex_words()[word.lower()],
                rule="sex.subject", assertion="present",
            )
        )  # fmt: skip
        page.sex_known = True
        return
    alone = _ALONE.search(text) if page.phrases.vocabulary & {"female", "male"} else None
    if alone is not None and page.section_at(alone.start()) not in persons.FAMILY_SECTIONS:
        sex = persons.sex_words()[alone["sex"].lower()]
        page.add(Draft("sex", *alone.span("sex"), result=sex, rule="sex.stated", assertion="present"))
        page.sex_known = True
        return
    pronouns = tables.toml("demographics")["sex"]
    words = list(filter(frozenset((*pronouns["he"], *pronouns["she"])).__contains__, page.words))
    he, she = sum(map(words.count, pronouns["he"])), sum(map(words.count, pronouns["she"]))
    if he > 5 * she or she > 5 * he:
        match_ = tables.pattern_in("demographics", "sex", "he" if he > she else "she").search(text)
        result = "male" if he > she else "female"
        assert match_ is not None
        page.add(Draft("sex", *match_.span(), result=result, rule="sex.pronoun", assertion="present"))
        return
    for sex in ("male", "female"):
        for sign in page.phrases.of(f"sex.{sex}_signs")[:3]:
            if _of_other(page, sign.start):
                continue  # "husband s/p vasectomy"
            page.add(Draft("sex", sign.start, sign.end, result=sex, rule="sex.anatomy", assertion="present"))
            return


def _of_other(page: Page, start: int) -> bool:
    """Whether the sentence names a relative or a partner before a place."""
    sentence = page.sentence_at(start)
    before = page.text[sentence.start if sentence is not None else 0 : start].lower()
    return any(word in _kin() for word in re.findall(r"[a-z]+(?:'s)?", before))


@cache
def _kin() -> frozenset[str]:
    table = resources.toml("assertion/relations")
    return frozenset(word for group in ("family", "other") for names in table.get(group, {}).values() for word in names)


@cache
def _kin_before() -> re.Pattern[str]:
    data = tables.toml("demographics")["age"]
    return re.compile(
        rf"\b(?:{tables.words(data['whose'])})\s(?:\w+\s)?(?:{tables.words(sorted(_kin()))})"
        rf",?(?:\s(?:{tables.words(data['kin_is'])}))*,?\s*$",
        re.IGNORECASE,
    )


@cache
def _titled() -> re.Pattern[str]:
    """A title before a name at the beginning of a sentence: "Mr. B.", "Mrs Lee"."""
    titles = "|".join(title.capitalize() for title in sorted(ages.titles()))
    return re.compile(rf"(?:^|(?<=[.:]\s)|(?<=\n))(?P<title>{titles})\.?\s(?=[A-Z])")


@cache
def _subject() -> re.Pattern[str]:
    data = tables.toml("demographics")["sex"]
    words = [w for w in persons.sex_words() if len(w) > 2 and w not in data["no_subject"]]
    return re.compile(
        rf"(?:{tables.words(data['subject'])})\s(?:[\w'’/-]{{1,20}},?[\s-]){{0,4}}?(?P<sex>{tables.words(words)})(?!'s)",
        re.I,
    )
