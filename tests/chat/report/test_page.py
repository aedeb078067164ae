"""The report behind its link: who may open it, and how it looks on a screen and on paper."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot.chat.links import sign
from bot.chat.report.page import show
from bot.engine.view import View
from bot.store import Database, journal
from bot.web import report_routes
from tests.chat.report.reading import Tree, page_of, words_of
from tests.chat.report.story import REASON, asked
from tests.fakes.town import ALICE, CLARA, HANNA, MARCO, OMAR, Town

SECRET = "a secret of this test only"


@pytest.fixture
def client(town: Town) -> Iterator[TestClient]:
    """A browser at the address of the reports."""
    routes = report_routes(lambda token: show(town.engine, SECRET, token, town.now))
    with TestClient(Starlette(routes=list(routes))) as found:
        yield found


def test_the_page_behind_a_link_is_kept_and_found_by_nobody(town: Town, client: TestClient) -> None:
    """It may load nothing, is not stored, not indexed, and tells no other page where the reader came from (S1-18)."""
    answer = client.get(f"/report/{sign(SECRET, town.request().id, OMAR, town.now)}")
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'unsafe-inline'")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-robots-tag"] == "noindex"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_every_opening_is_written_down(town: Town, client: TestClient) -> None:
    """Who read a report about a person is part of that person's trail."""
    before = len([entry for entry in town.view().journal if entry.kind == "report.opened"])
    client.get(f"/report/{sign(SECRET, town.request().id, CLARA, town.now)}")
    rows = [entry for entry in town.view().journal if entry.kind == "report.opened"]
    assert len(rows) == before + 1
    assert rows[-1].facts == {"by": CLARA, "intact": True}
    assert "Clara Jensen opened this report." in words_of(page_of(town.view()))


def test_hr_reads_the_reason_and_the_auditor_does_not(town: Town, client: TestClient) -> None:
    """The same link address, two readers, two pages."""
    for person, shown in ((HANNA, True), (CLARA, True), (OMAR, False), (MARCO, False)):
        page = client.get(f"/report/{sign(SECRET, town.request().id, person, town.now)}").text
        assert (REASON in page) is shown


def test_the_right_is_looked_up_again(town: Town, client: TestClient) -> None:
    """A valid link in the hands of the leaver, or of somebody without a role, opens nothing and does not say why."""
    for person in (ALICE, "P-008", "P-999"):
        answer = client.get(f"/report/{sign(SECRET, town.request().id, person, town.now)}")
        assert answer.status_code == 403
        assert "It may not exist, or it is not yours to see." in answer.text
        assert "Alice" not in answer.text
        assert answer.headers["cache-control"] == "no-store"


def test_an_old_or_broken_link_says_what_to_do(town: Town, client: TestClient) -> None:
    """In plain words, on a page of ours, without a word about the request."""
    old = sign(SECRET, town.request().id, OMAR, town.now - timedelta(days=8))
    for token, words in ((old, "This link has expired."), ("nonsense", "This link is damaged")):
        answer = client.get(f"/report/{token}")
        assert answer.status_code == 403
        assert words in answer.text
        assert "Open the report again from the thread" in answer.text
        assert Tree(answer.text).open == []


def test_a_changed_journal_is_told_to_the_reader(opened: Callable[[], Database]) -> None:
    """Somebody edits what Hanna wrote: the page opens, and says that it must not be relied on."""
    town = asked(opened())
    with town.engine.db.begin() as tx:
        tx.exec_driver_sql("UPDATE journal_private SET value = 'a nicer reason' WHERE name = 'reason'")
        assert journal.intact(tx) is not None
    _status, page = show(town.engine, SECRET, sign(SECRET, town.request().id, OMAR, town.now), town.now)
    assert "a row of the journal was not what was written" in page


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_a_phone_and_a_desk_in_both_lights(
    browser: Browser, seen: View, tmp_path: Path, width: int, scheme: Any
) -> None:
    """Nothing sticks out sideways, nothing is asked from elsewhere, no text is too faint to read."""
    file = tmp_path / "report.html"
    file.write_text(page_of(seen, show_reason=True, intact=True), encoding="utf-8")
    with closing(browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)) as page:
        asked_for: list[str] = []
        page.on("request", lambda request: asked_for.append(request.url))
        problems: list[str] = []
        page.on("console", lambda message: problems.append(message.text))
        page.goto(file.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert asked_for == [file.as_uri()]
        assert problems == []
        assert page.evaluate(_FAINTEST) >= 4.5


@pytest.mark.browser
def test_the_page_prints_on_a4(browser: Browser, seen: View, tmp_path: Path) -> None:
    """On paper it is dark on white, even for who reads in the dark, and each sheet says what it belongs to."""
    file = tmp_path / "report.html"
    file.write_text(page_of(seen), encoding="utf-8")
    with closing(browser.new_page(color_scheme="dark")) as page:
        page.goto(file.as_uri())
        page.emulate_media(media="print")
        assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
        assert page.evaluate(_FAINTEST) >= 4.5
        sheets = page.pdf(prefer_css_page_size=True)
    assert sheets.count(b"/Type /Page\n") + sheets.count(b"/Type /Page ") <= 12


# The lowest contrast (WCAG 2) of any text with the nearest filled ground below it.
_FAINTEST = """
() => {
  const light = (css) => {
    const parts = css.match(/[\\d.]+/g).map(Number);
    const [r, g, b] = parts.slice(0, 3).map((n) => (n /= 255) <= 0.03928 ? n / 12.92 : ((n + 0.055) / 1.055) ** 2.4);
    return { value: 0.2126 * r + 0.7152 * g + 0.0722 * b, clear: parts.length > 3 && parts[3] === 0 };
  };
  const ground = (node) => {
    for (let one = node; one; one = one.parentElement) {
      const found = light(getComputedStyle(one).backgroundColor);
      if (!found.clear) return found.value;
    }
    return 1;
  };
  let worst = 21;
  for (const node of document.body.querySelectorAll("*")) {
    if (![...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim())) continue;
    if (node.closest("title, desc, .sr")) continue;
    const style = getComputedStyle(node);
    const [a, b] = [light(node.closest("svg") ? style.fill : style.color).value, ground(node)].sort((x, y) => y - x);
    worst = Math.min(worst, (a + 0.05) / (b + 0.05));
  }
  return worst;
}
"""
