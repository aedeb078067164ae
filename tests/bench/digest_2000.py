"""Nine in the morning for 2,000 people, on a virtual clock: how few questions that takes, and when the chat is asked.

Each of them has one thing to do. The chat is a fake that holds us to what Slack publishes: one message a second and
channel, and fifty conversations opened a minute.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from time import monotonic

import sqlalchemy as sa

from bot.chat.deliver import deliver
from bot.chat.port import Card, Sent
from bot.chat.slack_chat import POSTING, UPDATING
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Link, Person, PersonId, RequestId, SystemKey, Task, Wave
from bot.domain.request import Step, StepKind
from bot.engine.digest import morning
from bot.store import Database, people, records
from bot.store import tables as t
from bot.store.everybody import changed
from tests.bench.lines import Line
from tests.bench.stage import database
from tests.fakes.town import Ears, Town
from tests.stories.acts import asked

PEOPLE, EACH = 2000, 10  # tasks of one request
MORNING = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
OPENED = 50  # conversations a minute, https://docs.slack.dev/apis/web-api/rate-limits (tier 3)


@dataclass
class Strict(Ears):
    """A chat with Slack's limits, which counts whenever one is broken."""

    town: Town | None = None
    broken: int = 0
    first: datetime | None = None
    last: datetime | None = None
    _posted: dict[str, datetime] = field(default_factory=dict)
    _opened: deque[datetime] = field(default_factory=deque)

    def send(self, channel: str, card: Card, *, thread: str = "", key: str = "") -> Sent:
        """A message in its channel, not within a second of the one before."""
        now = self._now()
        if now - self._posted.get(channel, now - MINUTE) < POSTING.every:
            self.broken += 1
        self._posted[channel] = self.last = now
        self.first = self.first or now
        return super().send(channel, card, thread=thread, key=key)

    def direct(self, native_id: str) -> str:
        """A conversation that nobody had opened before."""
        now = self._now()
        self._opened.append(now)
        while now - self._opened[0] >= MINUTE:
            self._opened.popleft()
        self.broken += len(self._opened) > OPENED
        return super().direct(native_id)

    def _now(self) -> datetime:
        assert self.town is not None
        return self.town.now


def crowd(town: Town, count: int) -> Strict:
    """So many people, each with one thing to do in somebody's offboarding; and the chat that counts."""
    asked(town)
    grow(town, 0, count)
    town.say()
    ears = Strict(town=town, posting=POSTING, updating=UPDATING)
    town.ears = ears
    return ears


def grow(town: Town, start: int, count: int) -> None:
    """So many more people, each with one thing to do."""
    pattern = town.request()
    everybody = [Person(_id(start + n), f"Person {n}", "") for n in range(count)]
    with town.engine.db.begin() as tx:
        tx.execute(sa.insert(t.people), [{"id": p.id, "name": p.name, "zone": "Europe/Paris"} for p in everybody])
        changed(tx)
        for one in everybody:
            people.link(tx, Link(one.id, SystemKey("slack"), f"U-{one.id}", one.name, "set-up", "set-up"), town.now)
        for first in range(0, count, EACH):
            key = RequestId(f"OFF-{10_000 + start + first}")
            about = everybody[(first + EACH) % count].id  # who has something to do in the next one
            records.add(tx, replace(pattern, id=key, subject=about, state=RequestState.RUNNING, started_at=None))
            some = everybody[first : first + EACH]
            records.add_steps(tx, [_task(key, number, one.id) for number, one in enumerate(some, start=1)])


def _id(number: int) -> PersonId:
    return PersonId(f"P-9{number:05}")


def _task(request: RequestId, number: int, person: PersonId) -> Step:
    return Step(
        records.step_id(request, number),
        request,
        number,
        StepKind.TASK,
        SystemKey("laptop"),
        Wave.TASKS,
        Task("Collect the laptop", "Meet on the last day."),
        StepState.READY,
        assignee=person,
    )


def statements(town: Town) -> int:
    """How many statements the building of this morning sends, however many it is for."""
    sent: list[str] = []

    def count(_c: object, _cursor: object, statement: str, *_more: object) -> None:
        sent.append(statement)

    sa.event.listen(town.engine.db.engine, "before_cursor_execute", count)
    morning(town.engine, town.now)
    sa.event.remove(town.engine.db.engine, "before_cursor_execute", count)
    return len(sent)


def out(town: Town, most: timedelta = timedelta(hours=2)) -> None:
    """The clock turns and everything is told as soon as it may be."""
    until = town.now + most
    while town.now < until:
        deliver(town.desk, town.ears, lambda seen: (f"{seen.request.id}.html", b"report"), town.now)
        town.pass_time(timedelta(seconds=1))


def measure() -> Iterator[Line]:
    """The building, then every message until the last is out."""
    with database("sqlite") as url, closing(Database(url)) as db:
        town = Town(db)
        ears = crowd(town, PEOPLE)
        town.now = MORNING
        begun = monotonic()
        asked_db = statements(town)
        yield Line("digest-2000: questions to the database", asked_db, "", limit=60)
        yield Line("  digest-2000: building them", monotonic() - begun, "s", limit=20)
        out(town, timedelta(minutes=50))
        assert ears.first is not None
        assert ears.last is not None
        yield Line("  digest-2000: messages", len(ears.posts), "", limit=PEOPLE + 20)
        yield Line("digest-2000: limits of Slack broken", ears.broken, "", limit=0)
        yield Line("  digest-2000: virtual time to the last", (ears.last - ears.first) / MINUTE, "min", limit=45)
