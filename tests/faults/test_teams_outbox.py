"""Teams refuses, is silent or loses answers: access still ends on time, and people hear of it a little later."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot.chat.alerts import watch
from bot.chat.port import Where
from bot.domain.lifecycle import RequestState
from bot.practice.teams.tenant import Fault
from bot.store import Database, journal
from tests.fakes.town import ALICE, HANNA, INES, MARCO, speaker
from tests.faults.bureau import READERS, Bureau, bureau, directory_id

ONE = pytest.mark.parametrize("database_kind", ["sqlite"])  # what a chat does to us is the same on either database


@pytest.fixture
def here(db: Database) -> Iterator[Bureau]:
    """A company in Teams; nobody has asked for anything yet."""
    with bureau(db) as found, capture_logs():
        yield found


def asked(here: Bureau) -> None:
    """Hanna asks that Alice leaves, and Marco and Ines are asked."""
    here.town.offboard()
    here.work(20)


def gone(here: Bureau) -> bool:
    """Whether Alice's keys count no more."""
    return here.town.request().state is RequestState.RUNNING and not any(
        key.active for key in here.town.aws.credentials
    )


def decide(here: Bureau) -> None:
    """Both whom the request waits for say yes."""
    for person in (MARCO, INES):
        here.town.talk.press(speaker(person), "approve", here.value(person, "approve"), "", Where())


def test_a_leaver_is_told_in_teams_from_the_first_word_to_the_report(here: Bureau) -> None:
    """One thread in the channel of policy, questions in personal chats, copies redrawn when one decides.

    The ids of Teams are longer than Slack's, and fit.
    """
    asked(here)
    (root,) = here.roots()
    decide(here)
    here.work(90)
    assert gone(here)
    assert here.unsent() == 0
    assert {one.root for one in here.said() if one is not root} == {root.id}
    assert root.edited
    assert all(one.edited for one in here.direct(MARCO)[:1])
    assert "GitHub" in here.said()[-1].activity["summary"]
    assert not here.direct(ALICE)


@ONE
@pytest.mark.parametrize(("status", "header", "wait"), [(429, "40", 40), (429, "", 30), (503, "20", 20)])
def test_fault_09_teams_is_left_alone_for_as_long_as_it_asks(here: Bureau, status: int, header: str, wait: int) -> None:
    """Where it says so, and half a minute where it only says that it was too much; then everything is told once."""
    here.town.offboard()
    here.town.inline.drain(here.town.engine, here.town.tick)
    here.fails("create", status, retry_after=header)
    here.tick()
    assert here.tenant.faults[0].times == 0
    here.say(wait)
    assert here.roots() == []
    here.say(20)
    assert len(here.roots()) == 1
    assert here.unsent() == 0


@ONE
def test_fault_10_what_teams_did_not_take_is_sent_again(here: Bureau) -> None:
    """A conflict or an error of the service: tried again a little later, and removals wait for none of it."""
    asked(here)
    decide(here)
    here.tenant.faults[:] = [Fault(call, status) for status in (412, 500, 502, 504) for call in ("send", "update")]
    here.town.inline.drain(here.town.engine, here.town.tick)
    assert gone(here)
    here.work(150)
    assert not any(fault.times for fault in here.tenant.faults)
    assert here.unsent() == 0
    assert len(here.roots()) == 1
    texts = [one.activity["summary"] for one in here.said()]
    assert len(texts) == len(set(texts))


@ONE
def test_fault_10_a_message_that_arrived_unheard_may_be_there_twice_and_counts_once(here: Bureau) -> None:
    """The connection is cut after Teams took it: a bot cannot look, so it says it again, and goes on below that one."""
    here.town.offboard()
    here.town.inline.drain(here.town.engine, here.town.tick)
    here.fails("create", 0, late=True)
    here.say(30)
    first, second = here.roots()
    decide(here)
    here.work(90)
    assert gone(here)
    assert {one.root for one in here.said() if one.root} == {second.id}
    assert (first.edited, second.edited > 0) == (0, True)


@ONE
def test_fault_18_a_secret_that_counts_no_more_is_noticed_and_so_is_its_return(here: Bureau) -> None:
    """Nothing is lost meanwhile: when Microsoft's login knows us again, all of it is told."""
    asked(here)
    secret = here.tenant.password
    here.tenant.password = "another one"
    here.tenant.tokens.clear()
    decide(here)
    here.work(10)
    watch(here.town.desk, here.chat, here.town.now)
    assert here.unsent()
    here.tenant.password = secret
    for _ in range(6):
        here.town.pass_time(timedelta(seconds=30))
        watch(here.town.desk, here.chat, here.town.now)
        here.work(15)
    assert here.unsent() == 0
    with here.town.engine.db.look() as tx:
        trail = [entry.kind for entry in journal.read(tx) if entry.kind.startswith("chat.")]
    assert trail == ["chat.away", "chat.back"]


@ONE
def test_the_trail_stands_in_the_chat_of_whoever_asked_where_the_subject_reads_the_channel(db: Database) -> None:
    """A bot alone makes no group chat in Teams: nobody reads the trail but Hanna, and the others are asked as ever."""
    with bureau(db, (*READERS, ALICE)) as here, capture_logs():
        asked(here)
        decide(here)
        here.work(120)
        assert here.said() == []
        assert gone(here)
        assert here.town.request().channel == here.tenant.personal(directory_id(HANNA)).id
        assert here.unsent() == 0
        assert not here.direct(ALICE)
