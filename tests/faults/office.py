"""The small company in front of a strict workspace: its messages go through a wall that a test may close."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from slack_sdk import WebClient

from bot.chat.deliver import deliver
from bot.chat.port import Where
from bot.chat.slack_chat import SlackChat, web_client
from bot.engine.view import View
from bot.practice.company.people import humans
from bot.practice.seeds import ChannelSeed, Limits, Member
from bot.practice.server import Served, make_app, serve
from bot.practice.space import Message, Workspace
from bot.store import Database
from tests.fakes.town import INES, MARCO, Town, speaker
from tests.faults.wall import Wall, wall

DOCS = Path(__file__).resolve().parents[2] / "docs"
ROOM = "C002"
BOTH = (("U003", MARCO), ("U005", INES))
OTHERS = ("U002", "U003", "U005", "U007")  # who reads #offboarding; not Alice
SECOND = timedelta(seconds=1)
GENEROUS = Limits(posts_per_second=1000, burst=1000, ack_seconds=8, retry_seconds=(0.0, 0.1, 0.2))


@dataclass
class Office:
    """A town whose chat is the practice workspace, which takes one message a second and channel, and no more."""

    town: Town
    space: Workspace
    wall: Wall
    chat: SlackChat
    served: Served
    client: WebClient

    def tick(self, me: str = "local") -> int:
        """One look at the outbox."""
        return deliver(self.town.desk, self.chat, report, self.town.now, me)

    def say(self, seconds: int = 60, me: str = "local") -> None:
        """Let so many seconds pass, with a look at the outbox in each."""
        for _ in range(seconds):
            self.tick(me)
            self.town.pass_time(SECOND)

    def work(self, seconds: int = 60) -> None:
        """Run what is due, then say it."""
        self.town.inline.drain(self.town.engine, self.town.tick)
        self.say(seconds)

    def messages(self, channel: str = ROOM) -> list[Message]:
        """Every message of a channel, oldest first."""
        return list(self.space.messages.get(channel, {}).values())

    def thread(self) -> list[str]:
        """What the thread says, message by message."""
        return [one.text for one in self.messages() if one.thread_ts]

    def roots(self) -> list[Message]:
        """The heads of threads."""
        return [one for one in self.messages() if not one.thread_ts or one.thread_ts == one.ts]

    def value(self, user: str, action: str) -> str:
        """The sealed value of a button in the newest message to somebody."""
        for one in reversed(self.messages(f"D{user[1:]}")):
            for block in one.blocks:
                for element in block.get("elements", ()):
                    if str(element.get("action_id", "")).startswith(action):
                        return str(element["value"])
        raise AssertionError(f"{user} has no button {action}")


def report(seen: View) -> tuple[str, bytes]:
    """A report."""
    return f"{seen.request.id}-report.html", b"report"


@contextmanager
def office(
    db: Database, *, seconds: int = 60, members: tuple[str, ...] = OTHERS, real: bool = False
) -> Iterator[Office]:
    """A company at work. `seconds`: the patience of its client; `real`: the workspace has the clock on the wall."""
    town = Town(db)
    everybody = [Member(h.chat_id, h.handle, h.name, h.email, title=h.title, tz=h.zone) for h in humans()]
    room = ChannelSeed(ROOM, "offboarding", members, is_private=True, with_app=True)
    manifest = json.loads((DOCS / "manifest.socket.json").read_text(encoding="utf-8"))
    if real:
        space = Workspace(manifest, everybody, (room,), limits=GENEROUS)
    else:
        clock = lambda: town.now.timestamp()  # noqa: E731, PLW0108 - the town turns it
        space = Workspace(manifest, everybody, (room,), clock=clock, limits=Limits(burst=1))
    served = serve(make_app(space))
    try:
        with wall(served.url) as guard:
            client = web_client(space.bot_token, guard.url, seconds)
            yield Office(town, space, guard, SlackChat(client), served, client)
    finally:
        served.stop()


def decide(here: Office) -> None:
    """Both whom the request waits for say yes."""
    for user, person in BOTH:
        here.town.talk.press(speaker(person), "approve", here.value(user, "approve"), "", Where())
