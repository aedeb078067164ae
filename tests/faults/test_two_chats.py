"""A company with Slack and Teams when one of them, or an account in it, does not do what it should."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from bot.chat.alerts import watch
from bot.chat.cards import alerts
from bot.chat.deliver import ONCE
from bot.chat.messages import DIRECT
from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState
from bot.engine.notices import claim
from bot.engine.spread import Chats, reaches_elsewhere, spread
from bot.store import Database, mails, outbox
from bot.store.chat_tables import notices
from bot.store.streams import Stream
from tests.fakes.town import INES, MARCO, TOMASZ, button, words
from tests.fakes.two import SLACK, TEAMS, Two, directory_id
from tests.stories.acts import wait
from tests.stories.test_both_chats import finished, unsent

ONE = pytest.mark.parametrize("database_kind", ["sqlite"])  # nothing in it is of a kind of database


@pytest.fixture
def two(db: Database) -> Two:
    """A company with both chats."""
    return Two(db)


@pytest.fixture
def quiet() -> Iterator[None]:
    """What fails on purpose is not shown."""
    with capture_logs():
        yield


def test_fault_15_a_yes_in_each_of_two_chats_is_one_yes(two: Two) -> None:
    """Marco presses in Teams, then in Slack: one approval of two, and the second press says so."""
    two.asked()
    two.act(TEAMS, MARCO, "approve")
    with pytest.raises(Refused, match="You have decided already"):
        two.act(SLACK, MARCO, "approve")  # before the copy is drawn again
    two.work()
    assert [(one.person, one.yes) for one in two.view().approvals] == [(MARCO, True)]
    assert two.request().state is RequestState.AWAITING_APPROVAL
    two.act(SLACK, INES, "approve")
    two.work()
    assert two.request().state is RequestState.RUNNING


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize(("down", "up"), [(SLACK, TEAMS), (TEAMS, SLACK)])
def test_fault_64_a_chat_that_is_down_does_not_keep_the_other_from_telling(two: Two, down: str, up: str) -> None:
    """Message after message to Marco goes out in the chat that works; the other one catches up, once each."""
    ears = {SLACK: two.ears, TEAMS: two.others}
    ears[down].down = 10_000
    two.asked(up)
    assert button(two.told(up, MARCO)[-1], "approve")
    two.act(up, MARCO, "approve")
    wait(two)
    assert "approved" in words(two.told(up, MARCO)[-1])
    assert two.told(down, MARCO) == []
    assert unsent(two, up) == 0
    assert unsent(two, down) > 0
    ears[down].down = 0
    wait(two, timedelta(minutes=5), times=2)
    assert len(two.told(down, MARCO)) == 1
    assert unsent(two, down) == 0


@pytest.mark.usefixtures("quiet")
def test_fault_64_an_account_that_does_not_work_leaves_the_other_chat(two: Two) -> None:
    """Marco took Usher out of his Teams: Slack asks him, and nobody says that he could not be reached."""
    two.others.gone.add(directory_id(MARCO))
    two.asked()
    assert button(two.told(SLACK, MARCO)[-1], "approve")
    assert "person.unreached" not in [one.kind for one in two.view().journal]


@ONE
@pytest.mark.usefixtures("quiet")
def test_fault_64_whoever_no_chat_reaches_is_named_once(two: Two) -> None:
    """Tomasz' only chat does not work: the trail and the thread say that he could not be asked, once."""
    two.others.gone.add(directory_id(TOMASZ))
    two.asked()
    finished(two)
    found = [one for one in two.view().journal if one.kind == "person.unreached"]
    assert {one.facts["person"] for one in found} == {TOMASZ}
    said = "\n".join(two.threads(SLACK))
    assert said.count("has no linked chat account and was not asked") == 1


@ONE
@pytest.mark.usefixtures("quiet")
def test_fault_18_operations_hear_which_of_two_chats_is_away(two: Two) -> None:
    """Teams takes nothing for ten minutes: one alert names it, and one says that it is back; Slack ends neither."""
    two.others.down = 10_000
    two.asked(SLACK)
    wait(two, timedelta(minutes=3), times=3)
    for _ in range(2):
        watch(two.there, two.others, two.now)
        watch(two.desk, two.ears, two.now)
    assert _alerts(two) == ["Usher cannot reach Microsoft Teams"]
    two.others.down = 0
    wait(two, timedelta(minutes=3), times=2)
    watch(two.desk, two.ears, two.now)
    watch(two.there, two.others, two.now)
    assert _alerts(two) == ["Usher cannot reach Microsoft Teams", "Usher reaches Microsoft Teams again"]


def test_fault_35_two_replicas_copy_each_notice_once_for_each_chat_and_in_order(two: Two) -> None:
    """Whichever of them comes first: Marco's notices stand once for each chat, each in the order of the facts."""
    with two.engine.db.begin() as tx:
        for number in range(30):
            outbox.tell(tx, "told", two.now, person=MARCO, what=str(number))
    chats = Chats((SLACK, TEAMS), DIRECT, ONCE)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: spread(two.engine, chats, two.now), range(6)))
    with two.engine.db.look() as tx:
        rows = tx.execute(sa.select(notices.c.chat, notices.c.body).order_by(notices.c.id)).all()
    for chat in (SLACK, TEAMS):
        assert [row.body["what"] for row in rows if row.chat == chat] == [str(number) for number in range(30)]
    assert len(rows) == 60


def test_fault_64_of_two_chats_that_fail_at_once_the_second_one_knows(two: Two) -> None:
    """Marco's accounts stop working in both at the same moment: one of them goes on to mail, whichever it is."""
    with two.engine.db.begin() as tx:
        outbox.tell(tx, "told", two.now, person=MARCO, what="denied")
    spread(two.engine, Chats((SLACK, TEAMS), DIRECT, ONCE), two.now)
    streams = [claim(two.engine, chat, two.now, chat=chat) for chat in (SLACK, TEAMS)]

    def fail(stream: Stream | None, other: str) -> bool:
        assert stream
        return reaches_elsewhere(two.engine, (other,), stream, [stream.notices[0].id], two.now, "gone")

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(fail, streams, (TEAMS, SLACK))) == [False, True]


def _alerts(two: Two) -> list[str]:
    with two.engine.db.look() as tx:
        rows = tx.exec_driver_sql("SELECT id FROM notices WHERE kind = 'alert' ORDER BY id").scalars()
        return [alerts.subject(mails.notice(tx, key).body) for key in rows]
