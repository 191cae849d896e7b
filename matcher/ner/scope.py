"""How far a cue reaches: the stretch of words after it (or before it) that it speaks of."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from matcher import resources
from matcher.ner.cues import Hit, Words

_CLOSERS = frozenset({"or", "nor", "and", "&", "and/or"})
_OR = frozenset({"or", "nor", "and/or"})
_MODAL = frozenset(
    {"absent", "possible", "hypothetical", "planned", "historical", "declined", "retracted", "present", "status"}
)
# a segment of a list is short: "no fever, chills, or sweats"
_ITEM = 9
_LOOK_AHEAD = 40
_SOUGHT = "for"
_AS_WELL_AS = ["as", "well", "as"]


class Sentence:
    """The words of one sentence with its cues, indexed by word. Internal to `assertion`."""

    def __init__(self, words: Words, hits: Sequence[Hit], tests: frozenset[int] = frozenset()) -> None:
        self.words = words
        self.tests = tests
        """The words right behind a test: "negative CT | for appendicitis" tells what was looked for."""
        self.hits = hits
        self.at: dict[int, list[Hit]] = {}
        self.stop_at: dict[int, str] = {}
        self.covered: dict[int, Hit] = {}
        for hit in hits:
            self.at.setdefault(hit.i, []).append(hit)
            for k in range(hit.i, hit.j):
                if hit.rule.category == "stop" and hit.rule.ends is None:
                    self.stop_at[k] = hit.rule.name
                elif hit.rule.backward and hit.rule.category in _MODAL:
                    self.covered[k] = hit

    def forward(self, hit: Hit, commas: str | None = None, only_or: bool = False) -> tuple[int, list[tuple[int, int]]]:
        """The word at which the scope ends (exclusive), and the gaps in it in which it is suspended."""
        rule = hit.rule
        words = self.words.words
        policy = commas or rule.commas
        limit = min(len(words), hit.j + rule.reach)
        gaps: list[tuple[int, int]] = []
        suspended = -1
        last_comma = -1
        k = hit.j
        while k < limit:
            if words[k] in rule.until:
                break
            here = self.at.get(k)
            if here:
                end = self._ends(hit, here, k)
                if end:
                    break
                sought = rule.result is not None and k in self.tests and words[k] == _SOUGHT
                if suspended < 0 and k > hit.j and not sought and self._suspends(rule.category, here):
                    suspended = k
                k = here[0].j
                continue
            word = words[k]
            if word == ",":
                if suspended >= 0:
                    gaps.append((suspended, k))
                    suspended = -1
                if policy == "stop" or (policy == "list" and not self._closed(hit, k, only_or)):
                    break
                if (
                    rule.category in ("absent", "hypothetical")
                    and "main_clause" not in rule.ignores
                    and self._clause_begins(k)
                ):
                    break
                if last_comma >= 0 and k - last_comma > _ITEM + 3:
                    break
                last_comma = k
            elif word == ":" and k > hit.j:
                break
            elif last_comma >= 0 and k - last_comma > _ITEM and not self._closed(hit, last_comma, True):
                k = last_comma
                break
            k += 1
        if suspended >= 0:
            gaps.append((suspended, k))
        return min(k, len(words)), gaps

    def _ends(self, hit: Hit, here: Sequence[Hit], k: int) -> bool:
        """Does one of the cues at word ``k`` end the scope of ``hit``?"""
        rule = hit.rule
        words = self.words.words
        ignored = rule.ignores_ahead if k >= hit.j else rule.ignores
        for other in here:
            category = other.rule.category
            if category == "patient" and k > hit.j and rule.category != "hypothetical":
                return True
            if category == "stop" and other.rule.name not in ignored:
                if other.rule.open_list and self._closed(hit, k, True):
                    continue
                if other.rule.ends is None or rule.category in other.rule.ends:
                    return True
                continue
            if category in _MODAL and other.rule.forward and k > hit.j:
                after_comma = words[k - 1] == "," or (words[k - 1] in ("and", "&") and words[k - 2] == ",")
                # "negative for angina, previous MI, … or stroke": the past is one of the list that is denied
                listed = category == "historical" and rule.category == "absent" and words[k - 1] == ","
                if after_comma and category != rule.category and not (listed and self._closed(hit, k - 1, True)):
                    return True
                if category == "absent" and rule.category not in ("absent", "hypothetical"):
                    return True
        return False

    @staticmethod
    def _suspends(category: str, here: Sequence[Hit]) -> bool:
        return any(g.rule.category == "soft" and (g.rule.ends is None or category in g.rule.ends) for g in here)

    def _clause_begins(self, comma: int) -> bool:
        """ "no rigidity, diuresis was preserved": does a verb come before the list goes on?"""
        words = self.words.words
        for k in range(comma + 1, min(len(words), comma + _ITEM)):
            if words[k] == "," or words[k] in _CLOSERS:
                return False
            group = self.stop_at.get(k)
            if group:
                return group == "verb"
        return False

    def _closed(self, hit: Hit, comma: int, only_or: bool) -> bool:
        """Is the list that goes on after this comma closed by "or" (or "and")?"""
        words = self.words.words
        closers = _OR if only_or else _CLOSERS
        for k in range(comma + 1, min(len(words), comma + _LOOK_AHEAD)):
            group = self.stop_at.get(k)
            if group and group not in hit.rule.ignores:
                return False
            if words[k] in closers or words[k : k + 3] == _AS_WELL_AS:
                return True
            if k > comma + 1 and any(g.rule.category == "absent" and g.rule.forward for g in self.at.get(k, ())):
                return False
        return False

    def _bracketed(self, k: int) -> int | None:
        """ "Viral screen (HIV, HBV, HCV): all | negative": the first word of a list in brackets that ends at a word."""
        words = self.words.words
        while k > 0 and words[k] in (":", "all", "both"):
            k -= 1
        if k <= 0 or words[k] != ")":
            return None
        for at in range(k - 1, max(-1, k - _LOOK_AHEAD), -1):
            if words[at] in ("(", ")"):
                listed = words[at] == "(" and not {",", "/", *_CLOSERS}.isdisjoint(words[at:k])
                return at + 1 if listed else None
        return None

    def backward(self, hit: Hit) -> int:
        """The first word of the scope before a cue."""
        rule = hit.rule
        words = self.words.words
        lowest = max(0, hit.i - rule.reach)
        closer = False
        k = hit.i - 1
        # "PE was considered but ruled out"
        while k >= lowest and words[k] in ("and", "but", "then", "subsequently", "later", "since"):
            k -= 1
        if rule.category == "absent" and (opened := self._bracketed(k)) is not None:
            return opened
        if rule.after_comma and k >= lowest and words[k] == ",":
            k -= 1
        while k >= lowest:
            word = words[k]
            other = self.covered.get(k)
            if other is not None and other is not hit and words[other.i] != ":":
                k = other.i - 1
                continue
            if self.stop_at.get(k, word) not in rule.ignores and (k in self.stop_at or word in ":;"):
                return k + 1
            if word == "(" and rule.category == "absent" and not _of_tests(words[k + 1 : hit.i]):
                return k + 1  # "breast cancer (HER2 negative)"
            if word in _CLOSERS:
                closer = True
            if word == "," and rule.commas != "cross" and not (closer and rule.commas == "list"):
                return k + 1
            k -= 1
        return k + 1


def _of_tests(said: Sequence[str]) -> bool:
    """Whether what stands in a bracket before a denial names nothing but the test: "COVID (rapid PCR negative)"."""
    return ")" in said or _test_words().issuperset(said)


@cache
def _test_words() -> frozenset[str]:
    macros = resources.toml("assertion/rules/macros")["macros"]
    phrases = (phrase for name in ("tests", "test_of", "bracketed") for phrase in macros[name])
    return frozenset(word for phrase in phrases for word in phrase.split())
