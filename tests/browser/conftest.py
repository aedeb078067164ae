"""A real workspace with a small app on Bolt, and tabs that notice what must never happen."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Request, ViewportSize, expect
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

from bot.practice.seeds import ChannelSeed, Limits, Member
from bot.practice.server import Served, make_app, serve
from bot.practice.space import Workspace
from tests.browser import small_app

Visit = Callable[..., Page]
DESK: ViewportSize = {"width": 1280, "height": 800}
PATIENCE = 60_000  # milliseconds: a busy machine is not a broken page
expect.set_options(timeout=PATIENCE)

PEOPLE = [
    Member("U002", "hanna", "Hanna Lindqvist", "hanna@lumen.example", "Head of HR", "Europe/Stockholm"),
    Member("U003", "marco", "Marco Rossi", "marco@lumen.example", "Engineering manager", "Europe/Rome"),
    Member("U004", "alice", "Alice Martin", "alice.martin@lumen.example", "Senior engineer", "Europe/Paris"),
    Member("U005", "ines", "Ines Ferreira", "ines@lumen.example", "Platform lead", "Europe/Lisbon"),
    Member("U007", "sara", "Sara Haddad", "sara@lumen.example", "Security lead", "Europe/Paris"),
    Member("U010", "alicem", "Alice Marten", "alice.marten@lumen.example", "Finance analyst", "Europe/Paris"),
]
CHANNELS = [
    ChannelSeed("C001", "general", topic="Everybody", with_app=True),
    ChannelSeed("C002", "offboarding", ["U002", "U007"], is_private=True, with_app=True),
]


class Place:
    """The workspace of these tests and its app, both running."""

    def __init__(self) -> None:
        """Start the workspace, then connect the app to it."""
        limits = Limits(ack_seconds=3.0, posts_per_second=1000)  # as long as Slack waits
        self.space = Workspace(small_app.MANIFEST, PEOPLE, CHANNELS, limits=limits)
        self.served: Served = serve(make_app(self.space))
        api = f"{self.served.url}/api/"
        self.client = WebClient(self.space.bot_token, base_url=api)
        handler = SocketModeHandler(small_app.build(api, self.space.bot_token), self.space.app_token)
        self.line = cast("Any", handler)  # Bolt publishes no types for its handlers
        self.line.connect()

    def post(self, channel: str, words: str) -> str:
        """Let the app ask for a decision in a channel; the message's own time."""
        answer = self.client.chat_postMessage(channel=channel, text=words, blocks=small_app.request(words))
        return str(answer["ts"])

    def close(self) -> None:
        """Hang up and stop the workspace."""
        self.line.close()
        self.served.stop()


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    """A workspace with its app, for the tests of one file."""
    with closing(Place()) as running:
        yield running


@pytest.fixture
def visit(browser: Browser, place: Place, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """Open the page as a person, in a browser of their own.

    Afterwards: no tab had an error on its console, and none asked another host for anything.
    """
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def open_page(person: str, theme: Any = "light", size: ViewportSize | None = None, at: str = "") -> Page:
        context = browser.new_context(color_scheme=theme, viewport=size or DESK)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        _watch(page, troubles)
        page.goto(f"{place.served.url}/?as={person}{at}")
        page.wait_for_selector("body.ready")
        page.wait_for_selector("#starting", state="hidden")
        return page

    yield open_page
    _photograph(contexts, request.node.name)
    for context in contexts:
        context.close()
    assert troubles == []


def _watch(page: Page, troubles: list[str]) -> None:
    def said(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            troubles.append(f"console: {message.text}")

    def asked(request: Request) -> None:
        if urlsplit(request.url).hostname != "127.0.0.1":
            troubles.append(f"asked another host: {request.url}")

    def failed(error: Error) -> None:
        troubles.append(f"script: {error}")

    page.on("console", said)
    page.on("request", asked)
    page.on("pageerror", failed)


def _photograph(contexts: list[BrowserContext], name: str) -> None:
    """Keep a picture of every tab in the folder that USHER_PICTURES names, for people who want to look."""
    folder = os.environ.get("USHER_PICTURES")
    if not folder:
        return
    Path(folder).mkdir(parents=True, exist_ok=True)
    for number, context in enumerate(contexts):
        context.pages[0].screenshot(path=str(Path(folder) / f"{name}-{number}.png"))
