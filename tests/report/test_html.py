"""The HTML report as bytes: nothing of a note is markup, nothing is fetched, nothing is lost."""

import io
import json
import re
from html.parser import HTMLParser

from matcher.report.html import page


class Page(HTMLParser):
    """The tags, and the text of each script by its id."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags, self.scripts, self._inside = [], {}, None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self._inside = dict(attributes).get("id", "code") if tag == "script" else None

    def handle_endtag(self, tag):
        self._inside = None if tag == "script" else self._inside

    def handle_data(self, data):
        if self._inside:
            self.scripts[self._inside] = self.scripts.get(self._inside, "") + data


def made(rows, protocols) -> str:
    stream = io.BytesIO()
    page.write(lambda: iter(rows), protocols, stream)
    return stream.getvalue().decode("utf-8")


def test_hostile_text_stays_data_and_whole(kit, hostile):
    trial = kit.protocol()
    rows = [kit.row(trial, hostile[:50], words=hostile)]
    plain = Page(made([kit.row(trial, "p", words="plain")], [trial]))
    read = Page(made(rows, [trial]))
    assert read.tags == plain.tags
    (details,) = [json.loads(line) for line in read.scripts["details"].split("\n")]
    assert details["criteria"][0]["evidence"][0]["quote"] == hostile
    assert json.loads(read.scripts["index"])[0][1] == hostile[:50]


def test_hostile_protocol_text_stays_data(kit, hostile):
    trial = kit.protocol(1)
    trial = type(trial)(hostile[:50], "x", "", (kit.criterion(1, text=hostile),), title=hostile)
    read = Page(made([kit.row(trial, "p")], [trial]))
    head = json.loads(read.scripts["head"])
    assert head["protocols"][0]["criteria"][0]["text"] == hostile
    assert sum(tag == "script" for tag, _ in read.tags) == 4


def test_nothing_is_fetched_and_only_its_own_script_runs(kit):
    trial = kit.protocol()
    text = made([kit.row(trial, "p")], [trial])
    policy = next(a["content"] for t, a in Page(text).tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy and "http" not in policy
    assert not re.search(r"""(?:src|href)\s*=\s*["']?(?!#)\w""", text)
    assert page._hash(Page(text).scripts["code"]) in policy


def test_no_patient_is_missing(kit):
    trial = kit.protocol()
    read = Page(made([kit.row(trial, f"p{n}", n) for n in range(1, 251)], [trial]))
    assert len(json.loads(read.scripts["index"])) == len(read.scripts["details"].split("\n")) == 250


def test_no_rows_are_a_whole_page(kit):
    assert json.loads(Page(made([], [kit.protocol()])).scripts["index"]) == []
