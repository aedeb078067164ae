"""Whom a request is about reads the channel of Teams: where the company lets Usher make group chats, it makes one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from bot.chat.port import ChatError, Where
from bot.chat.teams_readers import look_around
from bot.domain.model import PersonId
from bot.engine.tend import tend
from bot.practice.teams.tenant import RIGHTS, Conversation, Fault
from bot.store import Database
from tests.fakes.town import ALICE, GRACE, HANNA, INES, MARCO, SARA, TOMASZ, speaker
from tests.faults.bureau import READERS, Bureau, bureau, directory_id
from tests.faults.test_teams_outbox import asked, decide, gone

ONE = pytest.mark.parametrize("database_kind", ["sqlite"])  # what a chat does to us is the same on either database


@pytest.fixture
def here(db: Database) -> Iterator[Bureau]:
    """A company in Teams that lets Usher make group chats; Alice reads the channel of policy."""
    with bureau(db, (*READERS, ALICE), graph=True) as found, capture_logs():
        yield found


def chats(here: Bureau) -> list[Conversation]:
    """Every group chat there is."""
    return [one for one in here.tenant.conversations.values() if one.kind == "groupChat"]


def the_room(here: Bureau) -> Conversation:
    """The one group chat in which a request is told."""
    (room,) = chats(here)
    assert here.town.request().channel == room.id
    return room


def with_hanna(here: Bureau) -> None:
    """The thread stands in Hanna's own chat, nothing is left to say, and nothing stands in the channel."""
    assert here.town.request().channel == here.tenant.personal(directory_id(HANNA)).id
    assert here.unsent() == 0
    assert here.said() == []


def heard(here: Bureau, person: PersonId) -> list[str]:
    """What somebody was told about a group chat that could not be made."""
    return [one for one in summaries(here, person) if "could make no group chat" in one]


def summaries(here: Bureau, person: PersonId) -> list[str]:
    """What somebody was told in their own chat."""
    return [one.activity["summary"] for one in here.direct(person)]


def test_the_whole_thread_stands_in_a_group_chat_without_the_leaver(here: Bureau) -> None:
    """From the request to the report, before whoever may be asked; Alice reads none of it (S0-23, S1-18)."""
    asked(here)
    decide(here)
    here.work(120)
    room = the_room(here)
    assert room.name == "Usher OFF-101"
    assert set(room.members) == {directory_id(one) for one in (HANNA, MARCO, INES, SARA, TOMASZ)}
    assert gone(here)
    assert here.unsent() == 0
    assert here.said() == []
    told = [one.activity["summary"] for one in room.said]
    assert "Leaver: Alice Martin" in told[0]
    assert any("Plan for" in one for one in told)
    assert "GitHub" in told[-1]
    assert room.said[0].edited
    assert not here.direct(ALICE)
    assert not heard(here, HANNA)


@ONE
def test_a_leaver_who_comes_into_the_team_later_is_left_behind(db: Database) -> None:
    """What follows is told in a group chat of its own, with the request and the plan once more (S0-23)."""
    with bureau(db, graph=True) as here, capture_logs():
        asked(here)
        before = len(here.said())
        next(iter(here.tenant.teams.values())).members.append(directory_id(ALICE))
        assert look_around(here.town.engine, here.chat, here.town.now) == 1
        here.work(30)
        decide(here)
        here.work(60)
        assert len(here.said()) == before
        told = [one.activity["summary"] for one in the_room(here).said]
        assert "Leaver: Alice Martin" in told[0]
        assert gone(here)


@ONE
def test_whoever_is_asked_later_is_let_in_where_an_admin_allowed_that(here: Bureau) -> None:
    """Marco is away and his manager decides: she reads the chat from its beginning (S1-18, S0-30)."""
    asked(here)
    room = the_room(here)
    assert directory_id(GRACE) not in room.members
    here.town.talk.command(speaker(MARCO), "/usher", "away until 2026-12-01", Where())
    tend(here.town.engine, here.town.now)
    here.work(30)
    assert directory_id(GRACE) in room.members
    assert here.value(GRACE, "approve")


@ONE
def test_a_permission_that_is_missing_is_said_to_admins_once_and_no_chat_is_made(here: Bureau) -> None:
    """The thread goes to whoever asked, as without the setting; said again only after it worked in between."""
    here.tenant.rights.discard(RIGHTS[1])
    asked(here)
    with_hanna(here)
    assert (len(heard(here, HANNA)), len(heard(here, SARA)), len(heard(here, INES))) == (1, 1, 0)
    assert RIGHTS[1] in heard(here, SARA)[0]
    both = [directory_id(one) for one in (HANNA, SARA)]
    with pytest.raises(ChatError, match="the app in Entra lacks"):
        here.chat.room("off-102", both)
    here.say(10)
    assert len(heard(here, HANNA)) == 1
    assert chats(here) == []
    here.tenant.rights.add(RIGHTS[1])
    assert here.chat.room("off-102", both) == chats(here)[0].id
    here.tenant.catalog = "another"
    with pytest.raises(ChatError, match="No app found in the catalog"):
        here.chat.room("off-103", both)
    here.say(10)
    assert len(heard(here, HANNA)) == 2


@ONE
def test_a_leaver_who_is_an_admin_hears_nothing_of_it(here: Bureau) -> None:
    """Sara leaves and reads the channel: Hanna hears that there is no group chat, Sara does not."""
    here.tenant.rights.clear()
    here.town.offboard(person=SARA, typed="Sara Haddad")
    here.work(30)
    with_hanna(here)
    assert len(heard(here, HANNA)) == 1
    assert here.direct(SARA) == []


@ONE
def test_fault_09_graph_is_left_alone_for_as_long_as_it_asks(here: Bureau) -> None:
    """Too much at once: the thread waits, everybody is asked meanwhile, and then there is one room."""
    here.fails("chats", 429, retry_after="25")
    asked(here)
    assert here.value(MARCO, "approve")
    assert chats(here) == []
    here.say(30)
    assert "Leaver: Alice Martin" in the_room(here).said[0].activity["summary"]
    assert here.unsent() == 0
    assert not heard(here, HANNA)


@ONE
def test_fault_10_a_room_whose_answer_was_lost_is_not_made_twice(here: Bureau) -> None:
    """Graph cannot be asked what it made: nothing is ever said there, and the thread stands with whoever asked."""
    here.fails("chats", 0, late=True)
    asked(here)
    decide(here)
    here.work(90)
    with_hanna(here)
    (left,) = chats(here)
    assert (left.alone, left.said) == (True, [])
    assert gone(here)
    assert "did not say whether it made the group chat Usher OFF-101" in heard(here, SARA)[0]


@ONE
def test_fault_10_what_comes_after_the_making_is_tried_again_in_the_same_room(here: Bureau) -> None:
    """The answer to coming in is lost: one chat, a little later, and nobody need hear of it."""
    here.tenant.faults[:] = [Fault("installs", 0, late=True)]
    asked(here)
    here.say(30)
    told = [one.activity["summary"] for one in the_room(here).said]
    assert "Leaver: Alice Martin" in told[0]
    assert here.unsent() == 0
    assert not heard(here, HANNA)
