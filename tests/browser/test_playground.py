"""Microsoft's own Agents Playground in a browser, with the demo behind it: somebody who knows only Teams tries it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from bot.cli.demo import Demo, begin, wait_until_connected
from bot.cli.player import until
from bot.cli.playground import VERSION, Playground
from bot.cli.practice import Kind
from tests.tools import published

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not published.there(), reason=published.MISSING),
]
PATIENCE = 60.0  # seconds: everything starts at once here, on whatever machine this is


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo as `make demo-teams` starts it."""
    running = begin(tmp_path_factory.mktemp("demo") / "data", chat=Kind.TEAMS)
    try:
        wait_until_connected(running, PATIENCE)
        yield running
    finally:
        running.stop()


@pytest.fixture
def page(demo: Demo, browser: Browser) -> Iterator[Page]:
    """The Playground as Hanna opens it; it lives as long as the test."""
    seat = demo.practice
    assert isinstance(seat, Playground)
    with _started(seat, demo.environment["USHER_BASE_URL"]):
        page = browser.new_page(viewport={"width": 1400, "height": 1600})
        page.set_default_timeout(PATIENCE * 1000)
        page.goto(seat.url)
        yield page
        page.context.close()


@contextmanager
def _started(seat: Playground, bot: str) -> Iterator[None]:
    node = shutil.which("node")
    assert node is not None, "npm is here, so node is"
    quiet = {**os.environ, "TEAMSAPPTESTER_BROWSER": "none"}  # it would open a browser by itself
    command = [node, str(published.PLAYGROUND / "cli.js"), *seat.start(bot)]
    with (seat.folder / "playground.log").open("wb") as log:
        running = subprocess.Popen(
            command, cwd=seat.folder, env=quiet, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        until("the Playground", lambda: running.poll() is not None or _answers(seat.url), PATIENCE)
        assert running.poll() is None, _said(seat.folder)
        yield
    finally:
        running.kill()
        running.wait()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).is_success
    except httpx.HTTPError:
        return False


def _said(folder: Path) -> str:
    """Why it did not start: it says so in a file of its own."""
    return "\n".join(file.read_text(errors="replace")[-2000:] for file in folder.rglob("*.log"))


def test_whoever_knows_only_teams_offboards_somebody_in_the_playground(demo: Demo, page: Page) -> None:
    """A program of Microsoft's takes what we draw and sends what it always sends, from a command to a plan.

    The cards are shown by Microsoft's own renderer; the form is filled in where it stands, for the Playground has no
    dialogs. Every system of the practice company was read for the plan.
    """
    greeted = page.get_by_role("button", name="Offboard a person")
    expect(greeted).to_be_visible(timeout=PATIENCE * 1000)
    page.get_by_text("offboarding", exact=True).first.click()  # only now the Playground adds Usher to the team
    expect(greeted).to_be_hidden(timeout=PATIENCE * 1000)
    page.get_by_text("Personal Chat", exact=True).first.click()
    expect(greeted).to_be_visible(timeout=PATIENCE * 1000)
    write = page.get_by_role("textbox").last
    write.click()
    write.press_sequentially("offboard Alice Martin")
    write.press("Enter")
    page.get_by_role("button", name="Open the form").last.click()
    page.get_by_label("Now, as soon as it is approved").check()
    page.get_by_role("button", name="Look and ask").click()
    expect(page.get_by_label("Day")).to_have_count(0, timeout=PATIENCE * 1000)  # the form was drawn again
    page.get_by_label("Type the full name").fill("Alice Martin")
    page.get_by_role("button", name="Look and ask").click()
    page.get_by_text("offboarding", exact=True).first.click()
    expect(page.get_by_text("OFF-101 · Leaver: Alice Martin").first).to_be_visible(timeout=2 * PATIENCE * 1000)
    expect(page.get_by_text("Ends at once, on approval").first).to_be_visible(timeout=PATIENCE * 1000)


def test_the_lock_file_names_the_version_that_newcomers_are_told() -> None:
    """What npx fetches for a newcomer is what was tried here."""
    assert f'"@microsoft/m365agentsplayground": "{VERSION}"' in (published.NPM / "package.json").read_text("utf-8")
