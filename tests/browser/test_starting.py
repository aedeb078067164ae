"""The first minute: what a person sees while the app and the practice systems come up, and when the line breaks."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from bot.practice.company.hosting import free_port
from bot.practice.seeds import SystemStatus
from bot.practice.server import make_app, serve
from bot.practice.space import Workspace
from tests.browser import small_app
from tests.browser.conftest import CHANNELS, PEOPLE

pytestmark = pytest.mark.browser


def test_the_start_is_told_in_words_until_all_is_up(browser: Browser) -> None:
    """Nobody wonders why nothing answers: the app and each system say how far they are, and change without a reload."""
    systems = [SystemStatus("github", "GitHub"), SystemStatus("aws", "AWS", "starting")]
    served = serve(make_app(Workspace(small_app.MANIFEST, PEOPLE, CHANNELS, systems=lambda: tuple(systems))))
    page = browser.new_page()
    page.goto(f"{served.url}/?as=U002")
    start = page.get_by_role("status").filter(has_text="Usher is still starting…")
    expect(start).to_contain_text("1 of 2 practice systems are up")
    expect(page.get_by_role("listitem").filter(has_text="AWS")).to_contain_text("still starting")
    systems[1] = SystemStatus("aws", "AWS", "failed", "no free port")
    expect(page.get_by_role("listitem").filter(has_text="AWS")).to_contain_text("failed")
    expect(page.get_by_role("listitem").filter(has_text="AWS")).to_contain_text("no free port")
    page.context.close()
    served.stop()


def test_a_lost_line_is_told_and_taken_up_again(browser: Browser) -> None:
    """When the workspace stops the page says so; when it is back the page carries on by itself."""
    port = free_port()  # nobody else is given it while nobody listens there
    served = serve(make_app(Workspace(small_app.MANIFEST, PEOPLE, CHANNELS)), port)
    page = browser.new_page()
    page.goto(f"{served.url}/?as=U002")
    expect(page.get_by_role("heading", name="general")).to_be_visible()
    served.stop()
    expect(page.get_by_role("status").filter(has_text="The connection was lost")).to_be_visible()
    again = serve(make_app(Workspace(small_app.MANIFEST, PEOPLE, CHANNELS)), port)
    expect(page.get_by_role("status").filter(has_text="The connection was lost")).to_be_hidden()
    page.context.close()
    again.stop()
