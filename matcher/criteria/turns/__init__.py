"""Turns of phrase: what is put straight in a row of chunks before the grammar reads it.

Each turn looks for one way to say a thing and returns the row as a plainer one; what it leaves out goes to
``Context.left_out``. `ORDER` says in which order: a later turn reads what the earlier ones made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from operator import is_

from matcher.criteria.chunks import Chunk
from matcher.criteria.turns import (
    apart,
    brackets,
    clauses,
    counts,
    degrees,
    denials,
    drugs,
    events,
    further_steps,
    habits,
    limits,
    meanings,
    measures,
    names,
    scope,
    sentences,
    times,
    trials,
)
from matcher.criteria.turns.turn import Context, Turn

_LIMIT = frozenset({"comparison", "number"})
_CONDITION = frozenset({"condition"})
_AGEGROUP = frozenset({"agegroup"})
_BARRED = frozenset({"barred"})
_NEGATION = frozenset({"negation"})
_BRACKET = frozenset({"bracket"})
_PLANNED = frozenset({"planned"})
_SEX = frozenset({"sex"})
_HEAD = frozenset({"head"})
_TRIAL = frozenset({"trial"})
_HABIT = frozenset({"behaviour"})

ORDER = (
    Turn(meanings.prohibited, groups=("prohibited",)),
    Turn(degrees.non_such, frozenset({"word"})),
    Turn(degrees.such_or, frozenset({"link"}), groups=("such_is",)),
    Turn(names.ruled, groups=("ruled_by",)),
    Turn(degrees.graded_kind, _LIMIT),
    Turn(limits.distant, _LIMIT, words=frozenset({"within"})),
    Turn(names.by_criteria, _LIMIT, groups=("rule_named",)),
    Turn(names.kinds, frozenset({"number"})),
    Turn(names.which_needs, _PLANNED),
    # where statements begin
    Turn(sentences.labelled, frozenset({"dash"})),
    Turn(sentences.group_first, _BRACKET),
    Turn(sentences.numbered_on, frozenset({"stop"})),
    Turn(sentences.opened),
    Turn(sentences.of_guardian, frozenset({"word", "term"}), groups=("guardian", "of_relatives")),
    Turn(sentences.of_household, frozenset({"word", "term"}), groups=("household",)),
    Turn(sentences.required, words=frozenset({"required"})),
    Turn(sentences.or_else, frozenset({"condition", "group"})),
    Turn(sentences.reasoned, groups=("because",)),
    Turn(sentences.nursing_stopped, frozenset({"must"}), groups=("given_up",)),
    Turn(sentences.only_if, _CONDITION),
    Turn(sentences.needing, frozenset({"must"})),
    Turn(sentences.spared_people, frozenset({"must"})),
    Turn(sentences.of_all_shown, frozenset({"example"}), words=frozenset({"that", "which"})),
    Turn(sentences.purposes, groups=("aimed_at",)),
    Turn(sentences.or_if, _CONDITION),
    # what asks nothing is left out
    Turn(meanings.pregnancy_defined, frozenset({"definition", "bracket"})),
    Turn(meanings.closed, _BRACKET),
    Turn(meanings.explained, frozenset({"comma"}), words=frozenset({"as"})),
    Turn(clauses.durations, _LIMIT | _BRACKET),
    Turn(times.in_year, _LIMIT, groups=("in_year",)),
    Turn(times.intervals, _LIMIT, groups=("interval",)),
    Turn(brackets.asides, _BRACKET),
    Turn(brackets.taken_out, _BRACKET),
    Turn(drugs.or_changed, _HEAD, groups=("changing",)),
    Turn(brackets.aged, _AGEGROUP),
    Turn(brackets.side_by_side, _BRACKET),
    Turn(brackets.held_for, _BRACKET, groups=("steady",)),
    Turn(brackets.second_limits, _BRACKET),
    Turn(denials.neither_may, _NEGATION, words=frozenset({"neither"})),
    Turn(denials.no_people, _NEGATION, words=frozenset({"no"})),
    Turn(denials.absent, _NEGATION, words=frozenset({"absent"})),
    Turn(denials.unaided, _NEGATION, groups=("moving",)),
    Turn(denials.neither, _NEGATION, words=frozenset({"nor"})),
    Turn(denials.no_time, _NEGATION),
    Turn(drugs.only_doses, _LIMIT),
    Turn(drugs.despite, frozenset({"word"}), groups=("despite",)),
    Turn(drugs.off_drug, frozenset({"word", "negation"}), words=frozenset({"off", "free"})),
    Turn(times.ended_before, frozenset({"unless", "exception"}), groups=("ended_at_least",)),
    Turn(apart.abbreviated, _BRACKET),
    Turn(apart.hung, frozenset({"conjunction"})),
    Turn(apart.reacted, groups=("reacted",)),
    Turn(apart.markers, frozenset({"number"}), groups=("marker_letters",)),
    Turn(apart.every_day, _HABIT, groups=("every_day", "every_week")),
    Turn(apart.degree_or_care, _PLANNED, words=frozenset({"for"})),
    Turn(habits.abstaining, _HABIT),
    Turn(habits.given_up, _HABIT),
    Turn(denials.free_of, frozenset({"negation", "qualifier"}), groups=("may_be_free",)),
    Turn(drugs.not_tolerated, frozenset({"administrative", "negation", "word"})),
    Turn(clauses.active_or_latent, frozenset({"qualifier"}), words=frozenset({"latent"})),
    Turn(meanings.of_known_cause, frozenset({"term"}), groups=("a_cause",)),
    Turn(clauses.acquired, words=frozenset({"acquired"})),
    Turn(clauses.one_result, frozenset({"term"}), words=frozenset({"or"})),
    Turn(clauses.not_or_stopped, _NEGATION),
    Turn(clauses.but_not, frozenset({"exception", "bracket"})),
    Turn(clauses.spread_over, _LIMIT, groups=("body_surface",)),
    Turn(clauses.led_to, frozenset({"term"}), groups=("led_to",)),
    Turn(clauses.treated_with, words=frozenset({"treatment"})),
    Turn(clauses.abuse_of, frozenset({"behaviour"})),
    Turn(clauses.suspended, frozenset({"comma"})),
    Turn(clauses.since_when, frozenset({"window"})),
    Turn(drugs.one_object, _HEAD),
    Turn(drugs.steady_dose, _HEAD, words=frozenset("stable constant fixed unchanged".split())),
    Turn(drugs.held_dose, frozenset({"qualifier", "bracket"})),
    Turn(drugs.sold, _HEAD, groups=("sold",)),
    Turn(drugs.resistances, groups=("resistance",), words=frozenset({"resistant"})),
    Turn(names.ways, frozenset({"leaf"})),
    Turn(scope.either_time, frozenset({"conjunction"}), groups=("either_time",)),
    Turn(scope.either_state, _SEX),
    Turn(scope.assayed, _BRACKET),
    Turn(scope.repeated, _LIMIT),
    Turn(scope.on_scale, _LIMIT, groups=("scaled_by",)),
    Turn(clauses.took_place, frozenset({"window"})),
    Turn(times.of_earlier, frozenset({"window"})),
    Turn(times.of_reference, frozenset({"window"}), words=frozenset({"of"})),
    Turn(times.after_event, frozenset({"window", "comparison"})),
    Turn(scope.specimens, frozenset({"term"}), groups=("sampled_by",)),
    Turn(names.patients_in_general, frozenset({"person"})),
    Turn(names.certain, frozenset({"status", "certainty"})),
    Turn(denials.excluded_kinds, groups=("excluded",)),
    Turn(denials.not_asked, _NEGATION, groups=("asked_for",)),
    Turn(denials.denied_later, _NEGATION),
    Turn(denials.unfit, _BARRED),
    Turn(denials.denied_state, _NEGATION),
    Turn(sentences.announced),
    Turn(sentences.made_of, frozenset({"list"}), groups=("made_of",)),
    Turn(sentences.no_list, frozenset({"list"})),
    Turn(measures.defined_so, frozenset({"definition"})),
    Turn(measures.measured_when, frozenset({"window"}), groups=("took_place",)),
    Turn(measures.paced, _LIMIT, groups=("paced",)),
    Turn(measures.unit_words, _LIMIT, groups=("unit_word",)),
    Turn(measures.from_mean, _LIMIT, groups=("below_mean", "above_mean")),
    Turn(measures.by_sex, _BRACKET),
    Turn(measures.in_time, _LIMIT, words=frozenset({"at", "on", "/"})),
    Turn(measures.above_nadir, frozenset({"mark"}), groups=("own_value",)),
    Turn(measures.summed, _LIMIT, groups=("summed",)),
    Turn(measures.score_on, _LIMIT, groups=("scored",)),
    Turn(measures.rated, _LIMIT),
    Turn(measures.ranging, _LIMIT, words=frozenset({"ranging", "ranges", "range"})),
    Turn(counts.list_behind, frozenset({"colon"})),
    Turn(counts.numbered_people, frozenset({"person"})),
    Turn(counts.counted_each, _LIMIT),
    Turn(counts.counted_once, _LIMIT),
    Turn(counts.same_count, _LIMIT),
    Turn(counts.often, _LIMIT, groups=("times",)),
    Turn(counts.years, _LIMIT),
    Turn(counts.of_so_many, _LIMIT, words=frozenset({"of"})),
    Turn(counts.pack_years, frozenset({"behaviour"}), words=frozenset({"pack", "years", "pack-years"})),
    Turn(counts.in_all, groups=("whole_habit",)),
    Turn(names.shown_positive, frozenset({"result"})),
    Turn(drugs.routes, frozenset({"qualifier", "word"}), groups=("by_route", "by_any_way")),
    # what belongs to a name
    Turn(brackets.judged_examples, frozenset({"administrative"})),
    Turn(denials.not_such, _NEGATION),
    Turn(denials.ruled_out, frozenset({"exception"})),
    Turn(brackets.spliced, _BRACKET),
    Turn(degrees.risked, words=frozenset({"risk"})),
    Turn(degrees.degrees, words=frozenset({"degree"})),
    Turn(names.typed, frozenset({"qualifier"}), words=frozenset({"type"})),
    Turn(names.freed, frozenset({"word", "negation"}), words=frozenset({"free"})),
    Turn(denials.not_so, frozenset({"qualifier"})),
    Turn(clauses.set_off, frozenset({"comma", "link", "bracket"})),
    Turn(names.adverbs, frozenset({"qualifier", "head", "result"})),
    Turn(names.sexed_names, _SEX),
    Turn(names.both_sexes, _SEX),
    Turn(denials.untreated_with, frozenset({"qualifier"})),
    Turn(denials.untreated_or_failed, _HEAD),
    Turn(denials.unvaccinated, frozenset({"word"}), groups=("unvaccinated",)),
    Turn(denials.naive, frozenset({"word"})),
    Turn(names.of_cause, frozenset({"word"})),
    Turn(names.making, frozenset({"term"}), groups=("making",)),
    Turn(names.either_kind, frozenset({"slash"})),
    Turn(names.deemed, frozenset({"qualifier"})),
    Turn(events.planned_for, frozenset({"planned", "group"}), words=frozenset({"or"})),
    Turn(events.planned_behind, _PLANNED, words=frozenset({"or"})),
    Turn(events.setbacks_joined, frozenset({"conjunction"}), groups=("setback_again",)),
    Turn(events.around_operation, frozenset({"term"}), groups=("around",)),
    Turn(names.caused, _HEAD),
    Turn(names.requirer, _PLANNED),
    Turn(clauses.whoever_needs, _PLANNED, groups=("any_illness",)),
    Turn(names.needed, _PLANNED),
    Turn(names.at_risk, frozenset({"word", "term"})),
    # how what is named is limited, treated, denied
    Turn(brackets.own_or_family, _BRACKET),
    Turn(brackets.courses, _BRACKET),
    Turn(brackets.noted, _BRACKET),
    Turn(brackets.tested_so, _BRACKET),
    Turn(brackets.described, _BRACKET),
    Turn(measures.unit_behind, _BRACKET),
    Turn(measures.measured_at, _LIMIT, groups=("placed_at",)),
    Turn(measures.out_of, _LIMIT, words=frozenset({"out"})),
    Turn(drugs.dosed, _LIMIT),
    Turn(sentences.since, frozenset({"reason"})),
    Turn(measures.scale_range, _LIMIT),
    Turn(measures.pressures, _LIMIT),
    Turn(limits.ranging, _LIMIT, groups=("ranges",)),
    Turn(limits.between, _LIMIT),
    Turn(limits.outside_ages, frozenset({"comparison"})),
    Turn(limits.aged_people, _LIMIT),
    Turn(limits.from_to, frozenset({"number"})),
    Turn(habits.amount_first, _LIMIT, words=frozenset({"of"})),
    Turn(habits.while_doing, _LIMIT, groups=("exertion",)),
    Turn(habits.amount_behind, frozenset({"behaviour"})),
    Turn(habits.amount_again, frozenset({"behaviour"})),
    Turn(limits.of_each_sex, _SEX),
    Turn(limits.sex_first, _SEX),
    Turn(limits.other_sex, _SEX),
    Turn(further_steps.step_of_some, frozenset({"group", "condition", "bracket"})),
    Turn(limits.eased, frozenset({"group", "condition"})),
    Turn(limits.said_again, _LIMIT, groups=("or_more", "or_less")),
    Turn(limits.above_normal, _LIMIT),
    Turn(limits.bounded, _LIMIT),
    Turn(limits.outside, _LIMIT),
    Turn(limits.staged, _LIMIT),
    Turn(times.gestation, _LIMIT),
    Turn(drugs.classes),
    Turn(denials.poor, frozenset({"leaf"})),
    Turn(times.time_first, frozenset({"window"})),
    Turn(times.lasting, _LIMIT, words=frozenset({"of"})),
    Turn(times.lasted, _LIMIT, groups=("lasting",)),
    Turn(times.per_time, _LIMIT, words=frozenset({"per"})),
    Turn(times.since_event, _LIMIT),
    Turn(measures.associated, _LIMIT),
    Turn(habits.in_test, _LIMIT, groups=("does_in_test",)),
    Turn(drugs.on_drug, frozenset({"scaffold"})),
    Turn(drugs.contraindicated, _HEAD),
    Turn(drugs.setback),
    Turn(denials.not_an, _NEGATION),
    Turn(trials.trials, frozenset({"word"})),
    Turn(trials.taking_part, _TRIAL),
    Turn(trials.trial_of, _TRIAL),
    Turn(drugs.lined, _LIMIT),
    Turn(times.planned_too, _PLANNED),
    Turn(times.age_at, frozenset({"age"})),
    Turn(times.age_at_onset, _LIMIT | frozenset({"number"})),
    Turn(names.in_whom, frozenset({"group"})),
    Turn(names.places, frozenset({"comma"})),
)


def straightened(row: list[Chunk], text: str, left_out: Callable[[list[Chunk]], None]) -> list[Chunk]:
    """The row, and the rows of its brackets, in plainer words."""
    return _straightened(row, Context(text, left_out))


def _straightened(row: list[Chunk], context: Context) -> list[Chunk]:
    row = [replace(c, inner=_straightened(c.inner, context)) if c.inner else c for c in row]
    kinds, said = {c.kind for c in row}, _said(row)
    for turn, asked, words in _asked():
        if not row:
            break
        if (asked and asked.isdisjoint(kinds)) or (words and words.isdisjoint(said)):
            continue
        straight = turn.straight(row, context)
        if straight is not row and not (len(straight) == len(row) and all(map(is_, straight, row))):
            row = straight
            kinds, said = {c.kind for c in row}, _said(row)
    return row


@cache
def _asked() -> tuple[tuple[Turn, frozenset[str], frozenset[str]], ...]:
    """The turns with the kinds and the words of which a row must hold one."""
    return tuple((turn, turn.kinds, turn.openings()) for turn in ORDER)


def _said(row: list[Chunk]) -> frozenset[str]:
    """The words of a row, those in brackets aside."""
    return frozenset(word for c in row for word in c.low.split())
