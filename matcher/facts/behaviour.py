"""Tobacco, alcohol and drugs: current, former, never; packs a day, pack-years, drinks a week."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Literal

from matcher import resources
from matcher.dates import NO_DAY, months
from matcher.facts import tables, time
from matcher.facts.page import Draft, Page, Sentence, Taken
from matcher.facts.phrases import Hit
from matcher.model import Assertion, Interval, Mention, Quantity, Status

_ANY_DAY = Interval(NO_DAY, NO_DAY)
Substance = Literal["tobacco", "alcohol", "drugs"]
_SUBSTANCES: tuple[Substance, ...] = ("tobacco", "alcohol", "drugs")
_MEANING: dict[str, tuple[Assertion, Status | None]] = {
    "never": ("absent", "past"),
    "none": ("absent", "current"),
    "former": ("historical", "past"),
    "current": ("present", "current"),
}
_ADVISED = {"achieved": "former", "advice": "current"}
"""Who is told to quit has not; who managed to has."""
_PACK_YEARS = re.compile(
    r"(?P<n>\d{1,3}(?:\.\d)?)(?:\s?(?:-|–|to)\s?(?P<m>\d{1,3}))?\s?\+?[\s-]?(?:pack|pk)[\s-]{0,2}(?:years?|yrs?)\b",
    re.IGNORECASE,
)
_PACKS = re.compile(
    r"(?P<n>(?<!\d/)\d(?:\.\d{1,2})?|\.\d|[¼½¾]|[13]/4|1/2|half|one|two|three|a|one[\s-]half"
    r"|one and (?:a|one)[\s-]half)"
    r"(?:\s?(?:-|–|to)\s?(?P<m>[¼½¾]|[13]/4|1/2|\d(?:\.\d)?|half|one|two|three))?\s?(?:(?:a|of)\s)?"
    r"(?:ppd\b|(?:packs?|pks?)\s?(?:of\scigarettes\s?)?(?:of\scigarettes|cigarettes)?\s?(?:/|per|a|each|every|\s)?\s?(?:day|daily|d\b|(?P<week>week(?:ly)?|wk)\b))",
    re.IGNORECASE,
)
_APART = re.compile(r"[,;.]")
_YEARS = re.compile(
    r"(?:(?:\b(?:for|x|times|over|the\spast|of)|×|(?<=day|ily|ppd)[,;]?\s\(?)\s?)(?:about|approximately|(?:the\s)?(?:past|last)|over|almost|nearly|at\sleast)?\s?"
    r"(?P<more>(?:greater|more)\sthan|over|>)?\s?(?P<n>\d{1,2})(?P<plus>\+)?\s?(?:years?|yrs?|y)\b(?!\s(?:ago|old|back))",
    re.IGNORECASE,
)
_SPAN = re.compile(
    r"(?:(?:from|between|in)\s(?:the\s)?)?(?P<a>(?:19|20)\d\d)\s?(?:-|–|—|to|until|till|through|and)\s?(?P<b>(?:19|20)\d\d)\b"
    r"|(?:from|between|since)\s(?:the\s)?ages?\s(?:of\s)?(?P<c>\d{1,2})\s?(?:-|–|to|until|till|through|and)\s?(?:age\s)?(?P<d>\d{2})\b"
    r"|since\s(?:the\s)?age\s(?:of\s)?(?P<e>\d{1,2}),\s(?:is\s)?now\s(?:aged?\s)?(?P<f>\d{2})\b",
    re.IGNORECASE,
)
"""From one year or age to another."""
_AMOUNTS = tables.toml("behaviour")["amounts"]
_BEGUN = re.compile(
    rf"\b(?:(?:{tables.words(_AMOUNTS['age_begun'])})\s(?P<age>[1-7]?\d)"
    rf"|(?:{tables.words(_AMOUNTS['year_begun'])})\s(?P<year>(?:19|20)\d\d))\b(?!\s?(?:-|–|/|to\b|until\b))",
    re.IGNORECASE,
)
AGE_BEGUN, YEAR_BEGUN = "age begun", "year begun"
"""Units of when a habit began that lasts: how long it has lasted depends on the patient's age and the note's day."""
_CIGS = re.compile(
    r"(?P<n>\d{1,2})(?:\s?(?:-|–|to)\s?(?P<m>\d{1,2}))?\s?"
    rf"(?:{tables.words(_AMOUNTS['cigarettes'])})\s?(?:/|per|a|each)?\s?(?:day|daily)",
    re.IGNORECASE,
)
_PER_DAY = re.compile(
    r"[\s:,;(]{1,3}(?:(?:about|approximately|approx\.?|around|up\sto|of|some|~)\s?)?"
    r"(?P<n>\d{1,2})(?:\s?(?:-|–|to)\s?(?P<m>\d{1,2}))?\s?(?:(?:/|per|a|each|every)\s?day|daily)\b",
    re.IGNORECASE,
)
"""A number a day right behind a word for smoking: cigarettes."""
_NUMBER = rf"\d{{1,2}}|{tables.words(_AMOUNTS['small'])}"
_DRINKS = re.compile(
    rf"(?<![\w.])(?P<n>{_NUMBER})(?:\s?(?:-|–|to|or)\s?(?P<m>{_NUMBER}))?"
    rf"[\s-]?(?:alcoholic\s)?(?P<what>{tables.words({**_AMOUNTS['vessels'], **dict.fromkeys(_AMOUNTS['drinks'])})})"
    rf"(?:\sor\s(?P<or>{_NUMBER}))?(?:,?\s(?:{tables.words(_AMOUNTS['drinks_between'])}))?,?"
    rf"(?:\s?(?:(?P<times>{_NUMBER})\s?(?:-|–|to|or)?\s?(?P<most>{_NUMBER})?\s?(?:times|x)\s)?"
    rf"(?:/|per|a|each|every)?\s?(?P<per>{tables.words(_AMOUNTS['per_week'])})"
    rf"|\s(?P<often>{tables.words(_AMOUNTS['often'])}))\b",
    re.IGNORECASE,
)
_SMALL: dict[str, float] = _AMOUNTS["small"]
_PER_WEEK: dict[str, float] = _AMOUNTS["per_week"]
_OFTEN: dict[str, list[float]] = _AMOUNTS["often"]
_VESSELS: dict[str, float] = _AMOUNTS["vessels"]
_STILL = re.compile(tables.words(_AMOUNTS["still"]), re.IGNORECASE)
_PAST = re.compile(rf"\b(?:{tables.words(_AMOUNTS['former'])})\s?-?\s?$", re.IGNORECASE)
_OTHER = re.compile(tables.words(_AMOUNTS["others"]), re.IGNORECASE)
_ENDED = re.compile(
    rf"[\s.;•*-]{{1,4}}(?:(?:{tables.words(_AMOUNTS['ended_who'])})\s)?"
    rf"(?P<word>{tables.words(_AMOUNTS['ended'])}|(?P<any>{tables.words(_AMOUNTS['ended_any'])}))"
    rf"(?:\s(?:{tables.words(_AMOUNTS['ended_how'])}))*\s"
    rf"(?!(?:{tables.words(_AMOUNTS['ended_pause'])})\b)(?P<year>(?:19|20)\d\d\b)?",
    re.IGNORECASE,
)
"""A sentence that begins with the end of the habit before it, up to when that was."""
_AGAIN = re.compile(
    rf"\b(?:{tables.words(_AMOUNTS['again'])})(?:\s(?:{tables.words(_AMOUNTS['again_what'])}))?"
    rf"(?=\s*(?:[.,;()\n]|\Z)|\s(?:{tables.words(_AMOUNTS['again_when'])}|\d)\b|\s\d)",
    re.IGNORECASE,
)
_QUIT = re.compile(rf"\b(?:{tables.words([*_AMOUNTS['ended'], *_AMOUNTS['ended_any']])})\b", re.IGNORECASE)
_BETWEEN = frozenset(_AMOUNTS["again_between"]) | frozenset(months()) | frozenset(_SMALL)
_SHARED = frozenset(_AMOUNTS["drinks_shared"])
_OF_DRINK = 14
"""Characters behind an amount in which what it is of may follow: "3 units a week | of alcohol"."""
_LETTERS = re.compile(r"[a-z]+")
_AND = re.compile(r"\s?(?:/|,|&|and|or)\s?(?:(?:and|or|using|use\sof)\s)?", re.IGNORECASE)
_FINITE = frozenset(_AMOUNTS["finite"])
_NEXT = 40
"""Characters behind a sentence in which the next one may take its habit up again."""
_BARE = frozenset(_AMOUNTS["bare"])
"""Words that are a habit only with what is said of it."""


def read(page: Page) -> None:
    """Add the habits that a note tells."""
    for substance in _SUBSTANCES:
        seen: set[int] = set()
        for hit in page.phrases.of(f"{substance}.words"):
            if not _counted(page, hit):
                continue
            sentence = page.sentence_at(hit.start)
            if sentence is None or sentence.start in seen:
                continue
            seen.add(sentence.start)
            _habit(page, sentence, substance)
            _then_ended(page, sentence, substance)


def _then_ended(page: Page, sentence: Sentence, substance: Substance) -> None:
    """ "Smoker. Quit 3 years ago.": the end of a habit, told in the sentence behind the one that names it alone."""
    text = page.text
    told = _ENDED.match(text, sentence.end, sentence.end + 80)
    own = [d for d in sentence.drafts if d.kind == "behaviour"]
    if told is None or not own or any(substance not in d.qualifiers or d.result in ("none", "never") for d in own):
        return
    behind = page.sentence_at(told.start("word"))
    if behind is None or any(page.phrases.of(f"{name}.words", behind.start, behind.end) for name in _SUBSTANCES):
        return  # that sentence names a habit of its own
    others = [name for name in _SUBSTANCES if name != substance]
    if any(page.phrases.of(f"{name}.words", sentence.start, sentence.end) for name in others):
        return  # "smokes and drinks": which of them is not said
    named = page.phrases.of(f"{substance}.words", sentence.start, sentence.end)
    if told["any"] and any(
        m.type == "drug" and not any(h.start < m.end and m.start < h.end for h in named)
        for m in (*sentence.mentions, *behind.mentions)
    ):
        return  # a drug is stopped, too
    when = time.find(text, told.start("word"), behind.end, _ANY_DAY)
    if told["year"] is None and (not when or when[0].start > told.end()):
        return
    if _STILL.search(text, told.end(), behind.end) is not None:
        return  # "quit in 2015, restarted last year"
    for draft in own:
        draft.result = "former" if draft.result == "current" else draft.result
        draft.assertion, draft.status = _MEANING["former"]
    start, end = told.span("word")
    page.add(
        Draft(
            "behaviour", start, end, result="former", assertion="historical", status="past", qualifiers=(substance,),
            rule=f"behaviour.{substance}",
        )
    )  # fmt: skip


def _counted(page: Page, hit: Hit) -> bool:
    """ "1 ppd" are packs; "PPD" alone is a skin test."""
    return (
        hit.phrase != "ppd"
        or re.search(r"[\d½]\s?$|\bhalf\s$", page.text[max(0, hit.start - 6) : hit.start]) is not None
    )


def other(page: Page, mention: Mention) -> bool:
    """Whether the words say nothing of the patient's own use ("secondhand smoke", "rubbing alcohol")."""
    if any(page.phrases.overlaps(f"{name}.other", mention.start, mention.end) for name in _SUBSTANCES):
        return True
    sentence = page.sentence_at(mention.start)
    told = _of_whom().search(page.text[sentence.start : mention.start]) if sentence is not None else None
    return told is not None and told["nobody"] is None


def _habit(page: Page, sentence: Sentence, substance: Substance) -> None:
    text = page.text
    low, high = sentence.start, sentence.end
    stated = [h for name in _MEANING for h in page.phrases.of(f"{substance}.{name}", low, high)]
    # "used to drink" is said of the patient, although "to drink" alone is not.
    hidden = Taken(
        (h.start, h.end)
        for h in page.phrases.of(f"{substance}.other", low, high)
        if not any(s.start <= h.start and h.end <= s.end and len(s.phrase) > len(h.phrase) for s in stated)
    )
    taken = Taken()
    found: list[tuple[int, int, str]] = []
    for name, meant in _ADVISED.items():
        found += [
            (hit.start, hit.end, meant)
            for hit in page.phrases.of(f"{substance}.{name}", low, high)
            if taken.take(hit.start, hit.end)
        ]
    advised = bool(found)
    hits = [(hit, name) for name in _MEANING for hit in page.phrases.of(f"{substance}.{name}", low, high)]
    inner = _inner(hits)
    for hit, name in hits:
        if (hit.start, hit.end) in inner:
            continue  # "is not ready to quit" says more than the "quit" in it
        if _of_another(page, substance, hit, sentence):
            continue
        if not hidden.holds(hit.start, hit.end) and _counted(page, hit) and taken.take(hit.start, hit.end):
            found.append((hit.start, hit.end, name))
    words = page.phrases.of(f"{substance}.words", low, high)
    word = next((h for h in words if (advised or not hidden.holds(h.start, h.end)) and _counted(page, h)), None)
    if word is None or (not found and word.phrase in _BARE):
        return
    if (told := _of_whom().search(text[low : word.start])) is not None:
        if told["nobody"] is None:
            return  # "his wife smokes"
        found = [(low + told.start("nobody"), word.end, "none")]
    found.sort()
    # A bare "quit" or "drank" counts only near the substance itself.
    found = [f for f in found if abs(f[0] - word.start) < 120]
    states = {name for _, _, name in found}
    if "former" in states and "current" in states:
        still = _STILL.search(text, sentence.start, sentence.end)
        # "quit in 2010, restarted 1 ppd": what stands beside the word is so now
        now = "former"
        if still is not None:
            now = min(found, key=lambda f: max(f[0] - still.end(), 2 * (still.start() - f[1])))[2]
        found = [f for f in found if f[2] == now or f[2] not in ("former", "current")]
    if "never" in states:
        found = [f for f in found if f[2] == "never"]
    if "none" in states and any(_beside_others(text, f, words) for f in found if f[2] == "none"):
        # "smokes marijuana, denies other drugs"
        found = [f for f in found if f[2] != "none"]
        states.discard("none")
    if "none" in states and "current" in states:
        found = [f for f in found if f[2] != "current"]
    if "none" in states and "former" in states:
        found = [f for f in found if f[2] != "none"]  # "denies alcohol, but was a heavy drinker until …"
    found = [
        (past.start(), end, "former")
        if name == "current" and (past := _PAST.search(text, low, start)) is not None
        else (start, end, name)
        for start, end, name in found
    ]
    start, end = (found[0][0], found[0][1]) if found else (word.start, word.end)
    name = found[0][2] if found else ""
    ended = max((f[1] for f in found), default=0)
    # "stopped | cocaine | 2015, resumed 2023"
    left = not name and _QUIT.search(text, low, word.start) is not None
    ended = word.end if left else ended
    if (left or name == "former") and (again := _taken_up_again(page, sentence, ended, words)) is not None:
        start, end, name = *again, "current"
    assertion, status = _MEANING.get(name, (None, None))
    page.add(
        Draft(
            "behaviour",
            start,
            end,
            result=name or None,
            assertion=assertion,
            status=status,
            qualifiers=(substance,),
            rule=f"behaviour.{substance}.advised" if advised and name == "current" else f"behaviour.{substance}",
        )
    )
    if substance == "tobacco":
        _amounts(page, sentence, assertion, status)
    elif substance == "alcohol":
        for match in _DRINKS.finditer(text, sentence.start, sentence.end):
            if not _drunk(page, sentence, match):
                continue
            least, most = _drinks_a_week(match)
            _put(page, match, least, most, "drinks/week", "alcohol", assertion, status)


def _of_another(page: Page, substance: Substance, hit: Hit, sentence: Sentence) -> bool:
    """Whether a state that names no habit is told of another: "| quit | drinking 3 years ago; smokes daily"."""
    text, low, high = page.text, sentence.start, sentence.end
    own = page.phrases.of(f"{substance}.words", low, high)
    if any(hit.start <= h.start and h.end <= hit.end for h in own):
        return False
    others = [h for name in _SUBSTANCES if name != substance for h in page.phrases.of(f"{name}.words", low, high)]
    first = text.rfind(";", low, hit.start) + 1 or low
    last = text.find(";", hit.end, high)
    part = range(first, last if last >= 0 else high)
    if any(h.start in part for h in others) and not any(h.start in part for h in own):
        return True
    beside = [h for h in others if h.start >= hit.end and not text[hit.end : h.start].strip()]
    if not beside or _QUIT.fullmatch(text, hit.start, hit.end) is None:
        return False
    nouns = [h for h in own if h.phrase not in _FINITE]
    return not any(_AND.fullmatch(text, h.end, o.start) for h in others for o in nouns if h.end <= o.start)


def _taken_up_again(page: Page, sentence: Sentence, ended: int, words: Sequence[Hit]) -> tuple[int, int] | None:
    """ "Quit in 2010, | resumed 2020": where it says, behind the end of a habit, that there is one again."""
    text = page.text
    told = _AGAIN.search(text, ended, sentence.end + 2 * _NEXT)
    if told is None or told.start() > sentence.end + _NEXT or "\n\n" in text[ended : told.start()]:
        return None
    named = {part for word in words for part in _LETTERS.findall(text[word.start : word.end].lower())}
    if not _BETWEEN.union(named).issuperset(_LETTERS.findall(text[ended : told.start()].lower())):
        return None  # "quit in 2010; her cancer | relapsed"
    return None if _QUIT.search(text, told.end(), max(sentence.end, told.end() + _NEXT)) else told.span()


def _drunk(page: Page, sentence: Sentence, told: re.Match[str]) -> bool:
    """Whether so many units, glasses or bottles are of drink: "alcohol, Lantus | 18 units every evening"."""
    if told["what"].lower() not in _SHARED:
        return True
    words = page.phrases.of("alcohol.words", sentence.start, sentence.end)
    named = [word.end for word in words if word.end <= told.start()]
    if not named:
        behind = page.text[told.end() : told.end() + _OF_DRINK].partition(";")[0].partition(".")[0]
        return any(told.start() <= word.start < told.end() + len(behind) for word in words)
    if ";" in page.text[named[-1] : told.start()]:
        return False
    others = (m.start for m in sentence.mentions if not any(w.start < m.end and m.start < w.end for w in words))
    return not any(named[-1] <= start < told.start() for start in others)


def _drinks_a_week(told: re.Match[str]) -> tuple[float, float]:
    """Standard drinks, from how many to how many: "a beer or two on Saturdays" are one to two."""
    least = _amount(told["n"])
    more = told["m"] or told["or"]
    most = _amount(more) if more else least
    each = _VESSELS.get(" ".join(told["what"].lower().split()), 1.0)
    if told["often"]:
        rarest, oftenest = _OFTEN[" ".join(told["often"].lower().split())]
    else:
        rarest = oftenest = _PER_WEEK[told["per"].lower()]
        if told["times"]:
            rarest *= _amount(told["times"])
            oftenest *= _amount(told["most"] or told["times"])
    return least * each * rarest, most * each * oftenest


def _beside_others(text: str, denied: tuple[int, int, str], words: Sequence[Hit]) -> bool:
    """Whether what is denied is what else there might be, beside one that is told before."""
    start, end, _ = denied
    return _OTHER.search(text, start, end) is not None and any(word.end <= start for word in words)


@cache
def _of_whom() -> re.Pattern[str]:
    """Another person, or nobody, right before a habit: "his wife | smokes", "nobody at home | smokes"."""
    table = resources.toml("assertion/relations")
    kin = {name for group in ("family", "other") for names in table.get(group, {}).values() for name in names}
    words = tables.toml("behaviour")["subjects"]
    return re.compile(
        rf"(?:(?P<nobody>{tables.words(words['nobody'])})(?:\s[\w'-]+){{0,4}}?|(?:{tables.words(kin)}))"
        rf"(?:\s(?:{tables.words(words['between'])}|[\d./½-]{{1,6}}))*\s$",
        re.IGNORECASE,
    )


def _inner(hits: Sequence[tuple[Hit, str]]) -> set[tuple[int, int]]:
    """Where a phrase stands inside a longer one that says something else."""
    found: set[tuple[int, int]] = set()
    wider: tuple[Hit, str] | None = None
    for hit, name in sorted(hits, key=lambda one: (one[0].start, -one[0].end, one[1])):
        if wider is None or hit.end > wider[0].end:
            wider = hit, name
        elif name != wider[1] and hit.end - hit.start < wider[0].end - wider[0].start:
            found.add((hit.start, hit.end))
    return found


def _amount(text: str) -> float:
    text = text.lower()
    return _SMALL[text] if text in _SMALL else 1.5 if "and" in text else float(text)


def _put(
    page: Page,
    match: re.Match[str] | tuple[int, int],
    low: float,
    high: float | None,
    unit: str,
    what: str,
    assertion: Assertion | None,
    status: Status | None,
) -> None:
    start, end = match if isinstance(match, tuple) else match.span()
    quantity = Quantity(low, high, unit, start=start, end=end)
    if assertion == "absent":
        assertion = "historical"
    page.add(
        Draft(
            "behaviour",
            start,
            end,
            quantity=quantity,
            assertion=assertion,
            status=status,
            qualifiers=(what, unit),
            rule=f"behaviour.{what}.amount",
        )
    )


_Rate = tuple[re.Match[str], float, float]
"""Where packs a day are told, and from how many to how many."""


def _rates(page: Page, sentence: Sentence) -> list[_Rate]:
    text, low, high = page.text, sentence.start, sentence.end
    found: list[_Rate] = []
    for match in _PACKS.finditer(text, low, high):
        least = _amount(match["n"])
        most = _amount(match["m"]) if match["m"] else least
        if most < least:
            least = most = least + most  # "1-1/2 ppd"
        found.append((match, least / 7, most / 7) if match["week"] else (match, least, most))
    if not found:
        counted = list(_CIGS.finditer(text, low, high))
        if not counted:
            behind = (_PER_DAY.match(text, hit.end, high) for hit in page.phrases.of("tobacco.words", low, high))
            counted = [match for match in behind if match is not None]
        found = [(match, float(match["n"]) / 20, float(match["m"] or match["n"]) / 20) for match in counted]
    return found


def _years(ends: re.Match[str]) -> float:
    return float(ends["b"] or ends["d"] or ends["f"]) - float(ends["a"] or ends["c"] or ends["e"])


def _in_stretches(text: str, rates: list[_Rate], stop: int) -> tuple[int, int, float, float | None] | None:
    """Pack-years of stretches that follow one another, each with its years: "1 ppd for 5 yrs, then 2 ppd for 10"."""
    low, high, end = 0.0, 0.0, 0
    open_ended = False
    for at, (match, least, most) in enumerate(rates):
        bound = rates[at + 1][0].start() if at + 1 < len(rates) else stop
        if (years := _YEARS.search(text, match.end(), bound)) is not None:
            span, end = float(years["n"]), years.end()
            open_ended = open_ended or bool(years["more"] or years["plus"])
        elif (ends := _SPAN.search(text, match.end(), bound)) is not None:
            span, end = _years(ends), ends.end()
        else:
            return None
        low, high = low + least * span, high + most * span
    return rates[0][0].start(), end, low, None if open_ended else high


def _amounts(page: Page, sentence: Sentence, assertion: Assertion | None, status: Status | None) -> None:
    text = page.text
    for match in _PACK_YEARS.finditer(text, sentence.start, sentence.end):
        low = float(match["n"])
        _put(page, match, low, float(match["m"]) if match["m"] else low, "pack-years", "tobacco", assertion, status)
    rates = _rates(page, sentence)
    if not rates:
        return
    if len(rates) > 1 and (total := _in_stretches(text, rates, sentence.end)) is not None:
        first, last, low, high = total
        _put(page, (first, last), low, high, "pack-years", "tobacco", assertion, status)
        return
    match, low, high = rates[0]
    _put(page, match, low, high, "packs/day", "tobacco", assertion, status)
    for years in _YEARS.finditer(text, sentence.start, sentence.end):
        apart = _APART.search(text, years.end(), match.start()) if years.end() < match.start() else None
        if apart is not None and not page.phrases.of("tobacco.words", sentence.start, years.start()):
            continue  # "RA for 10 years, smokes 1/2 ppd"
        if -60 < years.start() - match.end() < 60:
            span = float(years["n"])
            _put(
                page,
                years,
                span,
                None if years["more"] or years["plus"] else span,
                "years smoked",
                "tobacco",
                assertion,
                status,
            )
            return
    for ends in _SPAN.finditer(text, sentence.start, sentence.end):
        span = _years(ends)
        if -60 < ends.start() - match.end() < 60 and span > 0:
            _put(page, ends, span, span, "years smoked", "tobacco", assertion, status)
            return
    begun = _BEGUN.search(text, sentence.start, sentence.end) if status == "current" else None
    if begun is not None:
        at = float(begun["age"] or begun["year"])
        _put(page, begun, at, at, AGE_BEGUN if begun["age"] else YEAR_BEGUN, "tobacco", assertion, status)
