"""Steps of a scale: "grade II-IV", "class III or IV", "stage IIIB", "NYHA III"."""

from __future__ import annotations

import re

from matcher.criteria.lexer import Token
from matcher.criteria.lexicon import Phrases, load
from matcher.criteria.limits import SIDE, Comparison, stepped

_WORDS = load("comparisons")["steps"]
SCALES = frozenset(_WORDS["scales"])
NAMES = frozenset(_WORDS["names"])
DASH = frozenset("-–—−‐‑~")
_TNM = re.compile(r"[cpyr]{0,2}(?:t(?:[0-4][a-d]?|x|is)|n[0-3x][a-c]?|m[01x][a-c]?){1,3}$")
ROMAN = re.compile(r"(?:x|ix|iv|v?i{1,3}|v)(?:[a-d]\d?)?$")
_STEP = re.compile(r"(?:[ivx]{1,4}|\d{1,2}|[gtf]\d|[a-d])[a-d]?\d?$")
_LETTERED = re.compile(r"[FG]\d[a-c]?$|[ABC](?:[5-9]|1[0-5])$")
"""A step with its scale's letter: "F3" of fibrosis, "G3b" of kidney disease, "B7" of Child and Pugh."""


class Steps:
    """The part of `Comparer` that reads steps."""

    text: str
    tokens: list[Token]
    prefix: Phrases[str]
    postfix: Phrases[str]
    worse: Phrases[str]

    def _low(self, at: int) -> str:
        return self.tokens[at].low if 0 <= at < len(self.tokens) else ""

    def _steps(self, index: int, at: int, cmp: str, scale: str) -> Comparison | None:
        """Steps of a scale: "III or IV", "II-IV", "2 or higher", "≥ 2", "IIIB"."""
        found: list[str] = []
        end = at
        while end < len(self.tokens) and (_STEP.match(self.tokens[end].low) or _TNM.match(self.tokens[end].low)):
            if self.tokens[end].kind == "word" and not (
                ROMAN.match(self.tokens[end].low)
                or self.tokens[end].low[1:2].isdigit()
                or self.tokens[end].low in "abcd"
                or _TNM.match(self.tokens[end].low)
            ):
                break
            value, stop = self._step_text(end)
            found.append(value)
            end = stop
            nxt = end
            if self._low(nxt) in DASH or self._low(nxt) in ("to", "through"):
                nxt += 1
            else:
                nxt += self._low(nxt) == ","
                nxt += self._low(nxt) in ("or", "and", "/", "e")
            nxt += self._low(nxt) in SCALES
            if (
                nxt == end
                or cmp in ("<", "<=", ">", ">=")  # "grade ≥ 3, or grade 2 with pain": a limit is no end of a range
                or nxt >= len(self.tokens)
                or not (_STEP.match(self.tokens[nxt].low) or _TNM.match(self.tokens[nxt].low))
                or (self._low(nxt) in ("a", "c", "d") and not self._letters(found[0], nxt))
            ):
                break
            end = nxt
        if not found:
            return None
        post = self.postfix.match(self.tokens, end) or self.worse.match(self.tokens, end)
        if post is not None and not cmp and len(found) == 1:
            end, cmp = post
            cmp = {"worse": ">=", "better": "<="}.get(cmp, cmp)
        first, last = found[0], found[-1]
        second = None if len(found) == 1 else stepped(last)
        start, stop = self.tokens[index].start, self.tokens[end - 1].end
        name = "class" if scale.startswith("class") else scale.rstrip("s")
        cmp = "between" if second is not None else cmp or "="
        return Comparison(start, stop, index, end, cmp, stepped(first), second, scale=name)

    def step(self, index: int, named: bool = False) -> Comparison | None:
        """The step of a scale that begins here, in capitals: "III-IV", "B or C"; ``named``: or behind one more word
        of the scale's name ("Hoehn and Yahr state II")."""
        signed = self.prefix.match(self.tokens, index) if named and index < len(self.tokens) else None
        if signed is not None and (found := self.step(signed[0])) is not None and found.cmp == "=":
            return self._steps(index, signed[0], signed[1].removeprefix(SIDE), "class")  # "Child-Pugh > A"
        named = named and index + 1 < len(self.tokens) and self._low(index) in NAMES
        if named and self.tokens[index + 1].kind == "word":
            return self.step(index + 1)
        if index >= len(self.tokens) or self.tokens[index].kind != "word":
            return None
        token = self.tokens[index]
        written = self.text[token.start : token.end]
        lettered = _LETTERED.match(written) is not None
        if not lettered and not (written.isupper() and (ROMAN.match(token.low) or written in "ABCD")):
            return None
        return self._steps(index, index, "", "class")

    def _letters(self, first: str, at: int) -> bool:
        """ "B or C": a capital after a capital is a step, "stage II a" is not."""
        return len(first) == 1 and "A" <= first <= "D" and self.text[self.tokens[at].start].isupper()

    def _step_text(self, at: int) -> tuple[str, int]:
        """A step as written, "3 b" and "IIIB" alike."""
        token = self.tokens[at]
        stop = at + 1
        text = self.text[token.start : token.end]
        if (
            stop < len(self.tokens)
            and self.tokens[stop].start == token.end
            and re.fullmatch(r"[a-d]\d?", self.tokens[stop].low)
        ):
            text += self.text[self.tokens[stop].start : self.tokens[stop].end]
            stop += 1
        return text, stop
