"""`app.py practice`: the practice workspace and the practice company, without a bot, for any Slack client library."""

from __future__ import annotations

import base64
import json
import signal
import tempfile
import threading
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import typer

from bot.domain import chats

if TYPE_CHECKING:
    from bot.cli.player import Player
    from bot.practice.company.people import Human
    from bot.practice.company.start import Company
    from bot.practice.server import Served

ROOT = Path(__file__).parents[2]
_PRIVATE = ("U002", "U005", "U006", "U007", "U012")  # HR, IT and security; never the people one talks about


class Kind(StrEnum):
    """A chat in which the people of the practice company can be."""

    SLACK = chats.SLACK
    TEAMS = chats.TEAMS


class Practice(Protocol):
    """A running practice company with one chat, whichever it is."""

    @property
    def url(self) -> str:
        """Where the chat is served."""
        ...

    @property
    def company(self) -> Company:
        """The systems."""
        ...

    def environment(self) -> dict[str, str]:
        """What a bot needs to know to work here."""
        ...

    def welcome(self, bot: str) -> None:
        """Let people reach the bot, which serves at this address by now."""
        ...

    def invitation(self, bot: str) -> tuple[str, ...]:
        """What whoever started it reads: how to come in, while the bot serves at this address."""
        ...

    def visit(self, human: Human) -> Player:
        """The chat opened by somebody, until it is closed."""
        ...

    def stop(self) -> None:
        """Everything ends."""
        ...


@dataclass(slots=True)
class SlackPractice:
    """A running practice workspace and company."""

    served: Served
    company: Company
    updates: int = 50  # a minute, as Slack

    @property
    def url(self) -> str:
        """The page."""
        return self.served.url

    def environment(self) -> dict[str, str]:
        """What a bot needs to know to work here: only addresses and tokens differ from the real thing."""
        space = self.served.space
        return {
            "SLACK_API_BASE_URL": f"{self.url}/api/",
            "SLACK_BOT_TOKEN": space.bot_token,
            "SLACK_APP_TOKEN": space.app_token,
            "SLACK_UPDATES_PER_MINUTE": str(self.updates),
            **self.company.environment(),
        }

    def visit(self, human: Human) -> Player:
        """The page opened by somebody, until it is closed."""
        from bot.cli.player_slack import SlackPlayer

        return SlackPlayer(self.url, human.chat_id)

    def welcome(self, bot: str) -> None:
        """The bot opens the line to the workspace by itself."""

    def invitation(self, bot: str) -> tuple[str, ...]:
        """Where the page is."""
        page = f"Open [bold]{self.url}/?as=U002[/bold] and be Hanna, head of HR. Ctrl-C ends it."
        return (page, "[dim]The page tells what is still starting.[/dim]")

    def stop(self) -> None:
        """Everything ends."""
        self.served.stop()
        self.company.stop()


def open_practice(
    folder: Path,
    port: int = 0,
    *,
    generous: bool = False,
    latency: float = 0.0,
    mail: bool = False,
) -> SlackPractice:
    """Start both; the page answers at once, slow systems come up behind it. Raises OSError when the port is taken.

    `latency` is the seconds that every call to a practice system takes longer; with `mail` there is a post room.
    """
    from bot.practice import mailbox
    from bot.practice.company.start import start_company
    from bot.practice.seeds import Limits, SystemStatus
    from bot.practice.server import make_app, serve
    from bot.practice.space import Workspace

    started: list[Company] = []
    manifest = json.loads((ROOT / "docs" / "manifest.socket.json").read_text(encoding="utf-8"))
    space = Workspace(
        manifest,
        (*_members(), *((mailbox.CLERK,) if mail else ())),
        (*_channels(), *((mailbox.ROOM,) if mail else ())),
        name="Lumen Works",
        domain="lumen-works",
        systems=lambda: tuple(SystemStatus(s.key, s.name, s.state, s.note) for c in started for s in c.status()),
        limits=Limits(posts_per_second=50, burst=500, ack_seconds=8, trigger_seconds=8) if generous else Limits(),
    )
    served = serve(make_app(space), port)  # before the systems, which keep every core busy while they start
    started.append(start_company(folder, latency=latency))
    return SlackPractice(served, started[0], updates=3000 if generous else 50)


def _members() -> tuple[Any, ...]:
    from bot.practice.company.people import humans, portrait
    from bot.practice.seeds import Member

    return tuple(
        Member(
            human.chat_id,
            human.handle,
            human.name,
            human.email,
            title=human.title,
            tz=human.zone,
            portrait="data:image/svg+xml;base64," + base64.b64encode(portrait(human).encode()).decode(),
        )
        for human in humans()
    )


def _channels() -> tuple[Any, ...]:
    from bot.practice.seeds import ChannelSeed

    return (
        ChannelSeed("C001", "general", topic="Everybody at Lumen Works", with_app=True),
        ChannelSeed(
            "C002",
            "offboarding",
            members=_PRIVATE,
            is_private=True,
            topic="HR, IT and security. What is said here stays here.",
            with_app=True,
        ),
        ChannelSeed("C004", "access", is_private=True, topic="Who was given what, and until when", with_app=True),
        ChannelSeed("C003", "engineering", members=("U003", "U004", "U005", "U008", "U009", "U011")),
    )


def practice(port: Annotated[int, typer.Option(help="Port of the page; 0 takes a free one.")] = 8080) -> None:
    """Start the practice workspace and company alone and print what a Slack client needs to talk to them."""
    from bot.cli.logs import quiet_logs

    quiet_logs()
    with tempfile.TemporaryDirectory(prefix="usher-practice-") as folder:
        running = open_practice(Path(folder), port)
        _tell(running)
        wait_for_the_end()
        running.stop()


def _tell(running: SlackPractice) -> None:
    print(f"Page            {running.url}/")
    print(f"API base URL    {running.url}/api/")
    print(f"Bot token       {running.served.space.bot_token}")
    print(f"App token       {running.served.space.app_token}")
    print(f"Signing secret  {running.served.space.signing_secret}")
    for name, value in sorted(running.company.environment().items()):
        print(f"{name}={value}")
    print("Stop with Ctrl-C.", flush=True)


def wait_for_the_end() -> None:
    """Sleep until somebody presses Ctrl-C or sends SIGTERM."""
    over = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: over.set())
    while not over.wait(0.5):
        pass
