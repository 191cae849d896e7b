"""The HTML report in a browser: open, filter, expand, sign, export. Skipped where no Chromium is installed."""

import csv
import importlib.util
import io
import time
from pathlib import Path

import pytest

from matcher.report.html import page

_spec = importlib.util.spec_from_file_location("chromium", Path(__file__).parent / "chromium.py")
chromium = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(chromium)

pytestmark = pytest.mark.skipif(chromium.NAME is None, reason="no Chromium is installed")

SHOWN = "[...document.querySelectorAll('#rows tr[data-at] bdi')].map(e => e.textContent)"
CONTRAST = """(() => {
  const part = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  const numbers = (c) => c.match(/[\\d.]+/g).map(Number);
  const behind = (e) => { for (; e; e = e.parentElement) { const c = numbers(getComputedStyle(e).backgroundColor);
    if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
  const worst = [21, ''];
  for (const e of document.querySelectorAll('body *')) {
    if (!e.offsetParent || ![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
    const [a, b] = [light(numbers(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < worst[0]) { worst[0] = ratio; worst[1] = e.tagName + ' ' + e.className; }
  }
  return worst;
})()"""


@pytest.fixture(scope="module")
def browser():
    own = chromium.Browser()
    yield own
    own.close()


@pytest.fixture
def opened(browser, kit, tmp_path):
    """Open a report of rows; no error, no request, no dialog of the page is ever in order."""

    def open_(rows, protocols) -> float:
        browser.messages.clear()
        browser.requests.clear()
        file = tmp_path / "report.html"
        with file.open("wb") as stream:
            page.write(lambda: iter(rows), protocols, stream)
        return browser.open(file)

    yield open_
    assert browser.messages == []
    assert [url for url in browser.requests if not url.startswith(("file:", "blob:", "data:"))] == []


@pytest.fixture
def three(opened, kit):
    """Three patients: one favourable but for an open criterion, one ruled out, one eligible."""
    trial = kit.protocol(3)
    rows = [kit.row(trial, "first", 1, truths="mnn"), kit.row(trial, "second", 2, truths="mnu"),
            kit.row(trial, "third", 3, truths="nnu")]  # fmt: skip
    opened(rows, [trial])
    return trial


def test_filter_by_verdict_and_criterion(browser, three):
    assert browser.run(SHOWN) == ["first", "second", "third"]
    browser.run("document.querySelector('[name=verdict][value=ineligible]').click()")
    assert browser.run(SHOWN) == ["first", "second"]
    browser.run("document.querySelector('[type=reset]').click()")
    assert browser.run(SHOWN) == ["first", "second", "third"]
    browser.run(
        "for (const [id, value] of [['criterion', 'E3'], ['state', 'o']]) { const e = document.getElementById(id);"
        " e.value = value; e.dispatchEvent(new Event('change', {bubbles: true})) }"
    )
    assert browser.run(SHOWN) == ["second", "third"]
    assert browser.run("document.getElementById('status').textContent") == "2 of 3 patients shown"


def test_the_keyboard_opens_a_patient_and_shows_the_quote_in_its_note(browser, three):
    browser.run("document.querySelector('#rows button').focus()")
    browser.press("Enter", 13, "\r")
    assert browser.run("document.querySelector('#rows button').getAttribute('aria-expanded')") == "true"
    assert browser.run("document.querySelectorAll('tr.detail .criterion').length") == 3
    assert browser.run("document.querySelector('tr.detail mark').textContent") == "HbA1c 8.1 %"
    assert browser.run("document.querySelector('tr.detail .note').textContent") == "…of HbA1c 8.1 % and HbA1c 8.1 %"
    assert "reading of I1" in browser.run("document.querySelector('tr.detail').textContent")
    browser.press("Enter", 13, "\r")
    assert browser.run("document.querySelectorAll('tr.detail').length") == 0


def test_the_keyboard_reaches_every_control(browser, three):
    browser.run("document.querySelector('#rows button').click(); document.activeElement.blur()")
    reached = set()
    for _ in range(80):
        browser.press("Tab", 9)
        reached.add(
            browser.run(
                "document.activeElement.id || document.activeElement.dataset.field || document.activeElement.className"
            )
        )
    assert {
        "criterion",
        "state",
        "patient",
        "export",
        "load",
        "toggle",
        "judgement",
        "reviewer",
        "date",
        "comment",
    } <= reached


def test_sign_export_and_load_again(browser, three, tmp_path):
    browser.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    browser.run(
        "document.getElementById('reviewer').value = 'A. Reader'; document.querySelector('#rows button').click()"
    )
    browser.run(
        "(() => { const put = (f, v) => { const e = document.querySelector(`.sign [data-field=${f}]`); e.value = v;"
        " e.dispatchEvent(new Event('change', {bubbles: true})) };"
        " put('comment', '=1+1, \"checked\"'); put('judgement', 'agree') })()"
    )
    browser.run("document.getElementById('export').click()")
    file = tmp_path / "sign-offs.csv"
    for _ in range(100):
        if file.exists() and file.stat().st_size:
            break
        time.sleep(0.05)
    text = file.read_text(encoding="utf-8-sig")
    (signed,) = csv.DictReader(io.StringIO(text, newline=""))
    assert (signed["patient_id"], signed["criterion"], signed["judgement"]) == ("first", "I1", "agree")
    assert (signed["reviewer"], signed["comment"]) == ("A. Reader", '\'=1+1, "checked"')
    assert signed["date"] == time.strftime("%Y-%m-%d")

    browser.open(tmp_path / "report.html")
    node = browser.call("DOM.getDocument")["root"]["nodeId"]
    field = browser.call("DOM.querySelector", nodeId=node, selector="#load")["nodeId"]
    browser.call("DOM.setFileInputFiles", nodeId=field, files=[str(file)])
    for _ in range(100):
        if "1 criteria signed" in browser.run("document.getElementById('status').textContent"):
            break
        time.sleep(0.05)
    browser.run("document.querySelector('#rows button').click()")
    assert browser.run("document.querySelector('.sign [data-field=comment]').value") == '=1+1, "checked"'


def test_hostile_text_is_shown_and_runs_nothing(browser, opened, kit, hostile):
    trial = kit.protocol(2)
    trial = type(trial)(
        trial.id, "x", "", (kit.criterion(1, text=hostile[:200]), *trial.criteria[1:]), title=hostile[:50]
    )
    opened([kit.row(trial, hostile[:60], words=hostile, truths="m")], [trial])
    browser.run("document.querySelector('#rows button').click()")
    assert browser.run("document.title") == "Screening report"
    assert browser.run("document.querySelectorAll('img, iframe, object, a[href^=http]').length") == 0
    shown = browser.run("document.querySelector('tr.detail mark').textContent.length")
    assert shown >= len(hostile.replace("\r\n", "\n"))


def test_a_thousand_patients_with_twenty_criteria_open_in_two_seconds(browser, opened, kit):
    trial = kit.protocol(20)
    words = "The patient has had an HbA1c of 8.1 % in February and takes metformin 1000 mg twice daily. " * 2
    rows = [kit.row(trial, f"patient-{n:04}", n, words, "mnu"[n % 3 :] + "mn") for n in range(1, 1001)]
    assert opened(rows, [trial]) < 2
    assert browser.run("document.getElementById('status').textContent") == "1000 of 1000 patients shown"
    assert browser.run("document.querySelectorAll('#rows tr').length") < 1000
    browser.run("window.dispatchEvent(new Event('beforeprint'))")
    assert browser.run("document.querySelectorAll('#rows tr').length") == 1000


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_the_contrast_of_wcag_aa(browser, three, scheme):
    browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    browser.run(
        "document.getElementById('open-all').click(); document.querySelectorAll('details').forEach(d => d.open = true)"
    )
    ratio, where = browser.run(CONTRAST)
    browser.call("Emulation.setEmulatedMedia", features=[])
    assert ratio >= 4.5, where


def test_the_funnel_is_a_chart_with_its_numbers(browser, three):
    assert browser.run("document.querySelectorAll('#chart svg rect.left').length") == 4
    assert browser.run("document.querySelector('#funnel tbody tr').cells[1].textContent") == "1"
    browser.run("document.querySelector('#funnel tbody button').click()")
    assert browser.run(SHOWN) == ["third"]


def test_print_shows_what_is_open_without_controls(browser, three):
    browser.run("document.querySelector('#rows button').click()")
    browser.call("Emulation.setEmulatedMedia", media="print")
    seen = (
        "[...document.querySelectorAll('.controls, tr.detail .sign')].map(e => getComputedStyle(e).display !== 'none')"
    )
    assert browser.run(seen) == [False, False, True, True, True]
    browser.call("Emulation.setEmulatedMedia", media="")
