"""A plan that the same words tell as carried out: "an MRI was ordered and showed an infarct"."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

from matcher.facts import tables
from matcher.facts.page import Draft
from matcher.ner.assertion import Context

_FAR = 140
"""Characters behind a mention in which it may be told as done."""
_VERB = 14
"""Characters of a mention in which its verb may stand ("Debrided ten nails")."""
KINDS = frozenset({"procedure", "medication", "measurement", "other"})


def read(text: str, context: Context, draft: Draft, others: list[int]) -> Context:
    """The context of a mention; ``others`` are where other mentions begin: what was done to them is not its own."""
    if context.experiencer != "patient" or context.assertion not in ("planned", "hypothetical"):
        return context
    if draft.kind == "medication" and given(text, draft.end):
        return replace(context, assertion="present", cue=None, rule="carried_out")
    if context.assertion != "planned":
        return context
    if begun(text, draft.start) and (context.cue is None or context.cue.start < draft.start):
        return replace(context, assertion="present", rule="carried_out")  # the section's plan, told as done
    end = max(draft.end, context.cue.end if context.cue is not None else 0)
    behind = text[draft.end : end + _FAR]
    done = _done("drug" if draft.kind == "medication" else "test").match(behind)
    if done is None or (context.cue is not None and draft.end + done.start("told") < context.cue.end):
        return context  # "to be started": the words of the plan itself
    named = range(draft.end + done.start("who"), draft.end + done.end("who"))
    if any(draft.end <= at < draft.end + done.start("told") and at not in named for at in others):
        return context
    return replace(context, assertion="present", cue=None, rule="carried_out")


def given(text: str, end: int) -> bool:
    """Whether the words behind a drug tell its dose as given: "adalimumab is advised. He was given his first dose"."""
    told = _had().match(text, end, end + _FAR)
    return told is not None and _refused().search(told.group()) is None


def begun(text: str, at: int) -> bool:
    """Whether the sentence or item of a mention begins with what was done: "PLAN: Injected the right knee with …"."""
    return _begun().search(text, max(0, at - _FAR), at + _VERB) is not None


@cache
def _done(kind: str) -> re.Pattern[str]:
    """The way from a mention to the words that tell it as done: where, who ordered it, when, and what takes it up."""
    table = tables.toml("carried_out")
    words = {name: tables.words(table[name]) for name in ("ordered", "by", "when", "takes_up", "was", "next")}
    told = tables.words([*table["done"], *(table["found"] if kind == "test" else ())])
    where = r"(?:\s(?:of|to|on)\s(?:the\s|his\s|her\s)?(?:[\w-]+)(?:\s[\w-]+)?)?"
    who = rf"(?P<who>\s(?:{words['by']})\s(?:[\w.]+)(?:\s[\w.]+)?)?"
    ordered = rf"(?:\s(?:{words['was']}\s)*(?:{words['ordered']}))?"
    when = rf"(?:,?\s(?:{words['when']}))?"
    join = rf"(?:\s?[,;]?\s(?:{words['takes_up']}))*|\s?[.;]\s(?:{words['next']})"
    return re.compile(
        rf"{where}{ordered}{who}{when}(?:{join})(?:\s(?:{words['was']}))*\s(?P<told>{told})", re.IGNORECASE
    )


@cache
def _had() -> re.Pattern[str]:
    """What is told of a drug in the next words: "the vaccine was advised. She was given her first dose"."""
    table = tables.toml("carried_out")
    got, which, dose = (tables.words(table[name]) for name in ("got", "which", "dose"))
    was = tables.words(table["was"])
    which_dose = rf"(?:(?:{which})\s){{1,3}}(?:{dose})"
    told = rf"(?:{got})\s(?:{which_dose}|(?:{dose}))\b|{which_dose}\s(?:(?:{was})\s)?(?:{got})\b"
    unless = tables.words(table["not_had"])
    return re.compile(
        rf"[^.;\n:]*(?:[.;,]\s[^.;\n:]{{0,40}}?)?\b(?:{told})(?:\s(?:{unless})\b)?", re.IGNORECASE
    )


@cache
def _refused() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{tables.words(tables.toml('carried_out')['not_had'])})\b", re.IGNORECASE)


@cache
def _begun() -> re.Pattern[str]:
    """A sentence or item that begins with what was done, up to a mention: "PLAN: Injected the right knee with …"."""
    table = tables.toml("carried_out")
    who, verbs, ahead = (tables.words(table[name]) for name in ("we", "begun", "ahead"))
    item = r"(?:\A|[.:;\n])\s*(?:[-*•]\s*|\d{1,2}[.)]\s*)?"
    on = rf"(?:\s(?!(?:{ahead})\b)[^\s.;:\n]+)*\s?\Z"
    return re.compile(rf"{item}(?:(?:{who})\s)?(?:{verbs}){on}", re.IGNORECASE)
