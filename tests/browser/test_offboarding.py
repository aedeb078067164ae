"""The main job in a browser, with everything real: page, workspace, served bot, connectors, practice company."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from bot.cli.demo import Demo, begin, wait_until_connected
from tests.browser.reading import faint, nameless

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The whole demo, as a newcomer starts it."""
    running = begin(tmp_path_factory.mktemp("demo") / "data", generous=True)
    try:
        wait_until_connected(running, 60)
        assert running.practice.company.wait(120)
        running.linking.join(10)
        yield running
    finally:
        running.stop()


def direct(demo: Demo, user: str) -> str:
    """The conversation of somebody with Usher."""
    state = httpx.post(f"{demo.practice.url}/_/im", json={"as": user, "user": "UBOT"}, timeout=60).json()
    return str(state["channel"])


def channels(demo: Demo, user: str) -> dict[str, str]:
    """The channels somebody sees, by name."""
    state = httpx.get(f"{demo.practice.url}/_/state", params={"as": user}, timeout=60).json()
    return {channel.get("name", ""): channel["id"] for channel in state["channels"]}


def visit(browser: Browser, demo: Demo, user: str, channel: str) -> Page:
    """A tab as one person, in one channel."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(f"{demo.practice.url}/?as={user}#channel={channel}")
    return page


def test_hanna_offboards_alice_and_marco_and_ines_decide_in_their_own_tabs(browser: Browser, demo: Demo) -> None:
    """Form, wrong name, plan, two decisions, and the head of the thread that follows (S0-1, S0-5, S0-23, S4-29)."""
    hanna = visit(browser, demo, "U002", channels(demo, "U002")["offboarding"])
    hanna.get_by_role("textbox", name="Write in offboarding").fill("/offboard @alice")
    hanna.keyboard.press("Escape")
    hanna.keyboard.press("Enter")
    form = hanna.get_by_role("dialog", name="Offboard a person")
    expect(form.get_by_text("Manager: Marco Rossi")).to_be_visible()
    expect(form.get_by_role("img", name="Portrait of Alice Martin")).to_be_visible()
    form.get_by_text("Now, as soon as it is approved").click()
    typed = form.get_by_label("Type the full name to confirm")
    typed.fill("Alice Marten")
    form.get_by_role("button", name="Look and ask").click()
    expect(form.get_by_text("Type the name exactly to confirm: Alice Martin")).to_be_visible()
    assert nameless(hanna) == []
    typed.fill("Alice Martin")
    form.get_by_role("button", name="Look and ask").click()
    expect(hanna.get_by_text("Waiting for approval: 0 of 2 so far").first).to_be_visible(timeout=60_000)
    for user in ("U003", "U005"):
        _approve(browser, demo, user)
    expect(hanna.get_by_text("Running:").first).to_be_visible(timeout=60_000)
    assert faint(hanna) == []


def _approve(browser: Browser, demo: Demo, user: str) -> None:
    page = visit(browser, demo, user, direct(demo, user))
    expect(page.get_by_text("Your decision: OFF-101").first).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Approve").last.click()
    page.locator("dialog[open]").get_by_role("button", name="Approve").or_(
        page.locator("dialog[open] button").last,
    ).last.click()
    expect(page.get_by_role("button", name="Deny")).to_have_count(0)
    page.context.close()


def test_alice_herself_sees_nothing_of_it(browser: Browser, demo: Demo) -> None:
    """No channel, no message, no answer betrays to Alice that she is being offboarded (S0-23, S1-18)."""
    assert "offboarding" not in channels(demo, "U004")
    page = visit(browser, demo, "U004", direct(demo, "U004"))
    expect(page.get_by_role("textbox", name="Write to Usher")).to_be_visible()
    expect(page.get_by_text("OFF-")).to_have_count(0)
