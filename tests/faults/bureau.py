"""The small company with Teams as its chat: its messages go to a practice service that may be told to fail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from bot.chat.deliver import deliver
from bot.chat.teams_chat import TeamsChat
from bot.chat.teams_rest import Connector
from bot.chat.teams_token import Token
from bot.domain.model import Link, Person, PersonId, SystemKey
from bot.engine import places
from bot.practice.teams.service import Service, serve
from bot.practice.teams.tenant import Fault, Human, Limits, Said, TeamSeed, Tenant, channel_id
from bot.store import Database, people
from bot.store.places import Kind, Place
from tests.chat.tenancy import linted, rooms_of
from tests.fakes.town import HANNA, INES, MARCO, SARA, Town
from tests.faults.office import report

READERS = (HANNA, MARCO, INES, SARA)  # not Alice
ROOM = channel_id("Leaving", "offboarding")
LOOKS = 5  # seconds between two looks at the outbox


@dataclass
class Bureau:
    """A town whose chat is the practice tenant, with its real limits and the clock of the town."""

    town: Town
    service: Service
    chat: TeamsChat

    @property
    def tenant(self) -> Tenant:
        """What has happened there."""
        return self.service.tenant

    def fails(self, call: str, status: int = 0, **more: Any) -> None:
        """What goes wrong from now on; nothing that did before."""
        self.tenant.faults[:] = [Fault(call, status, **more)]

    def tick(self) -> int:
        """One look at the outbox."""
        return deliver(self.town.desk, self.chat, report, self.town.now)

    def say(self, seconds: int = 60) -> None:
        """Let so many seconds pass, with a look at the outbox now and then."""
        for _ in range(0, seconds, LOOKS):
            self.tick()
            self.town.pass_time(timedelta(seconds=LOOKS))

    def work(self, seconds: int = 60) -> None:
        """Run what is due, then say it."""
        self.town.inline.drain(self.town.engine, self.town.tick)
        self.say(seconds)

    def said(self, channel: str = ROOM) -> list[Said]:
        """The messages of a conversation, oldest first."""
        return list(self.tenant.conversations[channel].said)

    def direct(self, person: PersonId) -> list[Said]:
        """What somebody was told in their own chat."""
        return list(self.tenant.personal(directory_id(person)).said)

    def roots(self) -> list[Said]:
        """The heads of threads."""
        return [one for one in self.said() if not one.root]

    def unsent(self) -> int:
        """How many notices wait."""
        with self.town.engine.db.look() as tx:
            return int(
                tx.exec_driver_sql(
                    "SELECT count(*) FROM notices WHERE sent_at IS NULL AND kind <> 'alert'"
                ).scalar_one()
            )

    def value(self, person: PersonId, action: str) -> str:
        """The sealed value of a button in the newest message to somebody."""
        found = (value for one in reversed(self.direct(person)) for value in _values(one.card, action))
        return next(found)


def directory_id(person: PersonId) -> str:
    """Somebody's id in the directory."""
    return f"d1200000-0000-4000-8000-{person.removeprefix('P-'):0>12}"


def _values(element: Any, action: str) -> Iterator[str]:
    if isinstance(element, list):
        for one in element:
            yield from _values(one, action)
    elif isinstance(element, dict):
        data = element.get("data")
        if isinstance(data, dict) and data.get("action") == action:
            yield str(data["value"])
        for one in element.values():
            yield from _values(one, action)


@contextmanager
def bureau(db: Database, readers: tuple[PersonId, ...] = READERS, *, graph: bool = False) -> Iterator[Bureau]:
    """A company at work in Teams; `readers` are in the team whose channel policy names. `graph`: we may make chats."""
    town = Town(db)
    town.desk = replace(town.desk, system="teams")
    everybody = _linked(town)
    humans = [Human(directory_id(one.id), one.name, one.email) for one in everybody]
    team = TeamSeed("Leaving", [directory_id(one) for one in readers], ("offboarding",))
    clock = lambda: town.now.timestamp()  # noqa: E731, PLW0108 - the town turns it
    tenant = Tenant(humans, (team,), clock=clock, limits=Limits(), lint=linted)
    service = serve(tenant)
    try:
        places.remember(town.engine, Place(channel_id("Leaving", "General"), Kind.TEAM, "", "Leaving"), town.now)
        token = Token(tenant.app_id, tenant.password, tenant.id, service.login, seconds=30)
        connector = Connector(token, service.connector, seconds=30)
        rooms = rooms_of(service, town.engine, lambda: town.now) if graph else None
        with closing(TeamsChat(connector, town.engine, lambda: town.now, rooms=rooms)) as chat:
            yield Bureau(town, service, chat)
    finally:
        service.stop()


def _linked(town: Town) -> list[Person]:
    """Everybody has an account in Teams, known by the id of the directory."""
    with town.engine.db.begin() as tx:
        everybody = list(people.every(tx).values())
        for one in everybody:
            link = Link(one.id, SystemKey("teams"), directory_id(one.id), one.name, "set-up", "set-up")
            people.link(tx, link, town.now)
    return everybody
