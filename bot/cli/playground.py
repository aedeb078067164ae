"""Teams without Teams: the demo for Microsoft's Agents Playground, which whoever wants to look fetches themselves."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from bot.cli.player import StuckError

if TYPE_CHECKING:
    from bot.cli.player import Player
    from bot.practice.company.people import Human
    from bot.practice.company.start import Company

PROGRAM = "@microsoft/m365agentsplayground"
VERSION = "0.2.28"  # the one that the tests drive
_FILE = ".m365agentsplayground.yml"  # it looks for this name in the folder in which it is started
_HANNA = "P-002"
_OTHERS = ("P-003", "P-005", "P-006", "P-007", "P-009")  # exactly five; who approves and helps, and nobody who leaves
_TEAM = "19:leaving-general@thread.tacv2"
_CHANNEL = "19:leaving-offboarding@thread.tacv2"  # and exactly one channel beside General


@dataclass(slots=True)
class Playground:
    """A running practice company whose people come by the Playground; it has no app id, so it stays on this machine."""

    company: Company
    folder: Path
    port: int

    @property
    def url(self) -> str:
        """Where the Playground is opened in a browser."""
        return f"http://localhost:{self.port}"

    def environment(self) -> dict[str, str]:
        """What a bot needs to know to work here."""
        from bot.practice.teams.tenant import TENANT

        connector = f"http://127.0.0.1:{self.port}/_connector/"
        teams = {"TEAMS_DEMO": "1", "TEAMS_TENANT_ID": TENANT, "TEAMS_CONNECTOR_URL": connector}
        return teams | self.company.environment()

    def welcome(self, bot: str) -> None:
        """The Playground installs the bot by itself, as soon as it is opened."""

    def visit(self, human: Human) -> Player:
        """Nobody can be played here. Raises StuckError."""
        raise StuckError(f"{human.name} can only come by the Playground")

    def invitation(self, bot: str) -> tuple[str, ...]:
        """How to start the Playground, and what to do there."""
        return (
            f"Usher hears Teams at {bot}/api/messages. In a second terminal, with Node.js, type:",
            f"  [bold]{self.command(bot)}[/bold]",
            f"Then open [bold]{self.url}[/bold]. You are Hanna, head of HR. Look once into the channel offboarding,",
            "so that Usher is added to the team. Then write in the personal chat: [bold]offboard Alice Martin[/bold].",
            "[dim]The Playground is Microsoft's, under its own licence, and no part of Usher: npx fetches it.[/dim]",
            "[dim]Nobody else sits there. To see a whole request: app.py demo --chat teams --play leaver[/dim]",
            "Ctrl-C ends it.",
        )

    def command(self, bot: str) -> str:
        """What starts the Playground, for the bot at this address."""
        words = " ".join(self.start(bot))
        return f"cd {self.folder} && npx --yes --package {PROGRAM}@{VERSION} agentsplayground {words}"

    def start(self, bot: str) -> tuple[str, ...]:
        """What the Playground is told when it starts in our folder: it reports nothing to anybody."""
        talk = ("--app-endpoint", f"{bot}/api/messages", "--channel-id", "msteams")
        return ("start", *talk, "--port", str(self.port), "--disable-telemetry")

    def stop(self) -> None:
        """Everything ends."""
        self.company.stop()


def open_playground(folder: Path) -> Playground:
    """Start the systems, and write down who sits at the Playground; it starts beside us."""
    from bot.practice.company.hosting import free_port
    from bot.practice.company.start import start_company

    seat = folder / "playground"
    seat.mkdir(parents=True)
    (seat / _FILE).write_text(yaml.safe_dump(_settings(), sort_keys=False), encoding="utf-8")
    return Playground(start_company(folder), seat, free_port())


def _settings() -> dict[str, Any]:
    """Who is there, in the Playground's own words: https://aka.ms/teams-app-test-tool-config-guide."""
    from bot.practice.company.people import person
    from bot.practice.teams.tenant import TENANT

    return {
        "version": "0.1.1",
        "tenantId": TENANT,
        "bot": {"id": "28:usher", "name": "Usher"},
        "currentUser": _user(person(_HANNA)),
        "users": [_user(person(one)) for one in _OTHERS],
        "personalChat": {"id": "a:hanna-and-usher"},
        "groupChat": {"id": "19:group@thread.v2", "name": "A group"},
        "team": {
            "id": _TEAM,
            "name": "Leaving",
            "aadGroupId": "1ea71900-0000-4000-8000-000000000001",
            "channels": [{"id": _CHANNEL, "name": "offboarding"}],
        },
    }


def _user(human: Human) -> dict[str, str]:
    first, last = human.name.split()
    return {
        "id": human.directory_id,  # by which Usher asks for people, as Teams lets it
        "name": human.name,
        "userPrincipleName": human.email,
        "aadObjectId": human.directory_id,
        "givenName": first,
        "surname": last,
        "email": human.email,
    }
