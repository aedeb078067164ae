"""A GitHub of our own with the connector on it, new for every test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bot.domain.model import Grant, SystemKey
from bot.domain.reading import Reading
from bot.practice.company import github as practice
from bot.practice.company.github import depth, seed
from bot.practice.company.wire import Fault
from connectors import github
from connectors.interface import Connector, Secrets
from tests.connectors.contract import NOW, link_to
from tests.tools.github_watch import watched

KEY = SystemKey("github")
ALICE, BEN, PRIYA, INES, BOT = (str(one) for one in (seed.ALICE, seed.BEN, seed.PRIYA, seed.INES, seed.BOT))


class World:
    """A GitHub of our own with the connector on it."""

    def __init__(self, server: practice.GitHub) -> None:
        self.server = server
        self.org = server.org
        self.secrets: tuple[str, ...] = (seed.TOKEN, "tok-nobody-gave-out")
        self.edition = server.org.edition
        self.connector: Connector = self.connect()
        self.link = link_to(self.connector, ALICE, "alice-m")
        self.unlinked = link_to(self.connector, "48888", "alice-m")

    def connect(self, token: str = seed.TOKEN, url: str = "") -> Connector:
        """The connector with other settings."""
        values = {"URL": url or self.server.url, "ORG": seed.LOGIN, "TOKEN": token, "EDITION": self.edition}
        return github.connect(KEY, "GitHub", Secrets(values))

    @staticmethod
    def connect_to(url: str) -> Connector:
        """The connector at any other address."""
        return github.connect(KEY, "GitHub", Secrets({"URL": url, "ORG": seed.LOGIN, "TOKEN": "tok"}))

    def as_app(self, url: str = "", key: str = "", **more: str) -> Connector:
        """The connector as the GitHub App that is installed in the organisation, with a key of its own."""
        key = key or self.server.app_key()
        values = {"URL": url or self.server.url, "ORG": seed.LOGIN, "APP_ID": str(depth.APP), "APP_KEY": key}
        self.secrets = (*self.secrets, key)
        return github.connect(KEY, "GitHub", Secrets({**values, "EDITION": self.edition, **more}))

    def others(self) -> dict[str, object]:
        """Everything everybody but Alice has, straight from the server's memory."""
        org = self.org
        return {
            str(one): (
                repr(org.members.get(one)),
                sorted((team.slug, team.members[one]) for team in org.teams.values() if one in team.members),
                sorted((repo.name, repo.direct[one]) for repo in org.repos.values() if one in repo.direct),
                sorted(key.title for repo in org.repos.values() for key in repo.keys if key.added_by == user.login),
            )
            for one, user in org.users.items()
            if one not in {seed.ALICE, seed.BOT} and user.kind != "Bot"
        }

    def accept(self) -> None:
        """Alice accepts what she was invited to."""
        practice.state.accept(self.org, seed.ALICE)

    def refused(self) -> Connector:
        """A token GitHub never gave out."""
        return self.connect(token="tok-nobody-gave-out")

    def unreachable(self) -> Connector:
        """A port where nobody listens."""
        return self.connect(url="http://127.0.0.1:9")

    @contextmanager
    def garbled(self) -> Iterator[None]:
        """Maintenance."""
        with self.fault(html=True):
            yield

    @contextmanager
    def fault(self, match: str = ".*", times: int = 0, **how: object) -> Iterator[None]:
        """While it lasts, calls that match go wrong in this way."""
        self.server.ledger.faults.append(Fault(match, times=times, **how))  # type: ignore[arg-type]
        yield
        self.server.ledger.faults.clear()

    def read(self, native_id: str = ALICE) -> Reading:
        """A fresh reading of one account."""
        return self.connector.read(link_to(self.connector, native_id, "whoever"), NOW)

    def grant(self, entitlement: str, native_id: str = ALICE) -> Grant:
        """One grant of a fresh reading."""
        return next(one for one in self.read(native_id).grants.items if one.entitlement.native_id == entitlement)

    def changed(self) -> list[str]:
        """The writes GitHub accepted."""
        return [write.operation for write in self.server.ledger.changes()]


@pytest.fixture
def world() -> Iterator[World]:
    """Lumen Works on GitHub, new for every test; what the connector sends and gets is as GitHub publishes it."""
    with watched() as server:
        yield World(server)
