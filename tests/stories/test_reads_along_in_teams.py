"""In Teams, too, a leaver may come into the channel of her own thread: HR and IT hear so, and it goes on elsewhere."""

from __future__ import annotations

import pytest

from bot.chat.port import ChatError
from bot.chat.teams_readers import look_around
from bot.domain.model import PersonId, Power
from bot.engine import rooms
from bot.store import Database, people
from tests.fakes.town import ALICE, HANNA, SARA, words
from tests.fakes.two import ROOM, SLACK, TEAMS, Other, Two, directory_id

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


class Closed(Other):
    """A chat that does not say who reads what."""

    def members(self, channel: str) -> frozenset[str]:
        """Nothing to be had."""
        raise ChatError("403 Forbidden", gone=True)


@pytest.fixture
def two(db: Database) -> Two:
    """A company with both chats."""
    return Two(db)


def heard(two: Two) -> str:
    """What Hanna was told in Teams about somebody who reads along."""
    return "\n".join(words(card) for card in two.told(TEAMS, HANNA) if "came into the channel" in card.text)


def test_a_leaver_who_comes_into_the_team_is_noticed(two: Two) -> None:
    """Whoever asked hears at once what to do, and the rest is told elsewhere (S0-23, S1-18)."""
    two.asked(TEAMS)
    two.others.rooms[ROOM].add(directory_id(ALICE))
    assert look_around(two.engine, two.others, two.now) == 1
    two.work()
    assert "Take Alice Martin out of the channel" in heard(two)
    assert "told where Alice Martin cannot read it" in heard(two)  # no room is promised: a bot alone makes none
    assert two.request().channel != ROOM
    assert look_around(two.engine, two.others, two.now) == 0


def test_whoever_else_comes_in_and_whoever_cannot_be_seen_move_nothing(two: Two) -> None:
    """Hanna works on it; and a chat that does not tell who is there is asked again when the next one comes."""
    two.asked(TEAMS)
    two.others.rooms[ROOM].add(directory_id(HANNA))
    assert look_around(two.engine, two.others, two.now) == 0
    two.others.rooms[ROOM].add(directory_id(ALICE))
    assert look_around(two.engine, Closed(rooms=two.others.rooms), two.now) == 0
    assert two.request().channel == ROOM


def test_what_the_only_admin_may_not_hear_is_told_to_the_next_one(two: Two) -> None:
    """Alice is the only admin when her own request gets no room: nobody has heard of it, so it is not known yet."""
    two.asked(TEAMS)
    _only_admin(two, ALICE)
    rooms.refused(two.engine, TEAMS, two.request().id, "403 Forbidden", two.now)
    two.work()
    assert _refusals(two, ALICE) == []
    _only_admin(two, SARA)
    for _ in range(2):
        rooms.refused(two.engine, TEAMS, two.request().id, "403 Forbidden", two.now)
        two.work()
    assert len(_refusals(two, SARA)) == 1


def _only_admin(two: Two, person: PersonId) -> None:
    with two.engine.db.begin() as tx:
        for one in (ALICE, HANNA, SARA):
            people.end_powers(tx, one, two.now, only=Power.ADMIN)
        people.give(tx, person, Power.ADMIN, two.now, by="set-up")


def _refusals(two: Two, person: PersonId) -> list[str]:
    every = [*two.told(SLACK, person), *two.told(TEAMS, person)]
    return [card.text for card in every if "could make no group chat" in card.text]


def test_a_thread_in_slack_is_read_by_nobody_in_teams(two: Two) -> None:
    """Who comes into a team does not matter to what is told in Slack."""
    two.asked(SLACK)
    two.others.rooms[ROOM].add(directory_id(ALICE))
    assert look_around(two.engine, two.others, two.now) == 0
    assert heard(two) == ""
