"""A chat that was away tells everything later: each line says then what it would have said at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.chat.bundles import Bundle
from bot.chat.messages import card_of
from bot.chat.views import Views
from bot.engine import control
from bot.engine.tend import tend
from bot.store import Database, chat_tables
from bot.store.outbox import Notice
from connectors.interface import ConnectorError, Kind
from tests.fakes.memory import down
from tests.fakes.town import HANNA, INES, START, Town, words
from tests.stories import test_leave as leave_of_absence
from tests.stories.acts import approved, asked, finish, leave, read_again, wait
from tests.stories.holding import ASK, ruled

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


def notices(town: Town, kind: str) -> list[Notice]:
    """What was to be said in the thread, in order."""
    n = chat_tables.notices
    with town.engine.db.look() as tx:
        rows = tx.execute(sa.select(n).where(n.c.kind == kind).order_by(n.c.id)).all()
    return [Notice(row.id, row.request, row.kind, row.person, row.step, row.body, row.at, row.tries) for row in rows]


def drawn(town: Town, kind: str) -> list[str]:
    """The same, as whoever sends it now for the first time would say it."""
    return [words(card_of(Views(town.desk), Bundle((one,)), town.now)) for one in notices(town, kind)]


def lines(told: list[str]) -> list[str]:
    """Line by line, each once; in a list one needs no dot of its own."""
    return sorted({line.removeprefix("· ") for text in told for line in text.split("\n")})


def in_peace(town: Town) -> None:
    """Everybody does their part."""
    finish(approved(town))


def nobody_answers(town: Town) -> None:
    """The question what becomes of a key moves from Ines to Tomasz, to Sara, and back to Ines."""
    approved(town)
    for _ in range(4):
        town.pass_time(timedelta(hours=25))
        tend(town.engine, town.now)
        town.work()


def somebody_leaves(town: Town) -> None:
    """A removal is stuck, Ines is asked about it, and leaves."""
    read_again(town)
    town.aws.faults = [ConnectorError("Not allowed.", kind=Kind.PERMISSION) for _ in range(4)]
    town.work()
    leave(town, INES, START.date() - timedelta(days=1))
    tend(town.engine, town.now)
    town.work()


def away_for_long(town: Town) -> None:
    """AWS does not answer for a while; days later somebody reads how long that was."""
    read_again(town)
    town.aws.faults = [down() for _ in range(4)]
    wait(town, timedelta(minutes=20), times=9)
    town.pass_time(timedelta(days=3))


def somebody_is_asked_first(town: Town) -> None:
    """What may still be in use is asked about; nobody answers, and it goes as announced."""
    approved(ruled(town, ASK))
    wait(town, timedelta(days=2, minutes=1), times=2)


def moved_twice(town: Town) -> None:
    """Hanna chooses another day, and then the one before."""
    asked(town, when="later", day="2026-11-27", time="17:00")
    for days in (7, 4):
        control.reschedule(town.engine, town.request().id, HANNA, START + timedelta(days=days), town.now)
        town.work()


@pytest.mark.parametrize(
    "story", [moved_twice, in_peace, nobody_answers, somebody_leaves, away_for_long, somebody_is_asked_first]
)
@pytest.mark.parametrize("machines", ["disable", "ask"])
def test_a_line_told_late_says_what_it_would_have_said_at_once(
    db: Database, story: Callable[[Town], None], machines: str
) -> None:
    """Who was asked then, what waited then, how long it lasted: whatever happened between the fact and its message."""
    town = Town(db, machines=machines)
    story(town)
    said = lines(town.thread())
    assert [line for line in lines(drawn(town, "line")) if line not in said] == []


def test_a_plan_told_late_is_the_plan_people_were_asked_about(town: Town) -> None:
    """Not who was named since, and nothing that joined: the thread tells that in lines of its own, once."""
    in_peace(town)
    (plan,) = set(drawn(town, "plan"))
    assert plan.splitlines()[0] in town.thread()
    assert "to a successor, still to be named" in plan


def test_the_plan_of_a_leave_says_the_same_before_and_after_the_approval(town: Town) -> None:
    """It is locked as soon as that is approved: words that are true before and after."""
    leave_of_absence.away(town)
    told = [words(card) for card in town.ears.every if card.text.startswith("Plan")]
    assert {line for text in told + drawn(town, "plan") for line in text.split("\n") if line.startswith("Locked")} == {
        "Locked as soon as it is approved"
    }
