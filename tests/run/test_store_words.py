"""A store's words: each once, a note's as numbers, found again by what a run asks for."""

import sqlite3

import pytest

from matcher.facts.search import Search
from matcher.run import store_words
from matcher.run.store_words import Asked, Numbers, forget, words_of


@pytest.fixture
def db():
    made = sqlite3.connect(":memory:")
    made.execute("create table word (id integer primary key, data blob not null unique)")
    made.execute("create table note (words blob)")
    return made


@pytest.mark.parametrize("numbers", [[], [1], [3, 1, 2], [65_535, 65_536, 7], [70_000, 2_000_000]])
def test_numbers_come_back(numbers):
    small, large = store_words.unpack(store_words.pack(numbers))
    assert [*small, *large] == sorted(numbers)


def test_a_word_has_one_number_whatever_is_remembered(db, monkeypatch):
    first = Numbers(db).of(words_of("A splinter of glass"))
    monkeypatch.setattr(store_words, "_MOST", 0)
    numbers = Numbers(db)
    assert numbers.of(words_of("A splinter of glass")) == numbers.of(words_of("glass of A splinter")) == first


def test_what_is_asked_for_is_told_of_each_note(db):
    numbers = Numbers(db)
    some = [numbers.of(words_of(text)) for text in ("Glass splinters in a hand", "A hand \ud800 of 7 fingers", "")]
    asked = Asked(db, Search(["glass splinter"]), {"hand"})
    assert [asked.among(one) for one in some] == [({"Glass", "splinters"}, {"hand"}), (set(), {"hand"}), (set(), set())]


def test_words_that_no_note_holds_go(db):
    numbers = Numbers(db)
    gone, kept = numbers.of(words_of("glass splinter")), numbers.of(words_of("splinter"))
    assert gone != kept
    db.execute("insert into note values (?)", (kept,))
    forget(db)
    assert sorted(word for (word,) in db.execute("select data from word")) == [b" splint", b"splinter"]
