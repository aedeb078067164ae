"""The leaver comes into the channel of her own thread: HR and IT hear so, and the rest is told where she is not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot.chat.report.trail import trail
from bot.domain.model import Link, PersonId, SystemKey
from bot.engine.came_in import came_in
from bot.practice import acts
from bot.store import Database, people, records
from tests.fakes.town import ALICE, BEN, CLARA, HANNA, INES, TOMASZ, Ears, Town, words
from tests.faults.office import ROOM
from tests.faults.reception import reception
from tests.practice.people import eventually
from tests.stories.acts import asked, finish, leave

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])
SHARED, OWN = "C-off", "C-off-101"


class Early(Ears):
    """A chat where somebody lets Alice into each new room before a word is said there."""

    def room(self, name: str, members: Sequence[str]) -> str:
        """A private channel with one person too many."""
        return super().room(name, [*members, f"U{ALICE[2:]}"])


def comes(town: Town, person: PersonId = ALICE, channel: str = SHARED) -> int:
    """Somebody lets this person into a channel, and the chat says so."""
    town.ears.rooms[channel].add(f"U{person[2:]}")
    found = came_in(town.engine, "slack", channel, f"U{person[2:]}", town.now)
    town.work()
    return found


def heard(town: Town, person: PersonId) -> str:
    """What this person was told directly about somebody who reads along."""
    return "\n".join(words(card) for card in town.direct(person) if "came into the channel" in card.text)


def test_hr_and_it_hear_at_once_who_reads_along_and_what_to_do(town: Town) -> None:
    """In words, with what she can read, whom to take out, and where it goes on; she hears nothing (S0-23, S1-18)."""
    asked(town)
    assert comes(town) == 1
    for person in (HANNA, INES, TOMASZ):
        said = heard(town, person)
        assert "OFF-101" in said
        assert "Take Alice Martin out of the channel" in said
        assert "From now on OFF-101 is told where Alice Martin cannot read it." in said
    assert not heard(town, ALICE)
    assert not heard(town, CLARA)
    assert any("came into the channel" in one.words for one in trail(town.view()))


def test_the_rest_is_told_in_a_room_of_its_own(town: Town) -> None:
    """As if she had been there from the beginning: the request, its plan, every line, the report (S0-23)."""
    asked(town)
    comes(town)
    before = [ts for ts, (channel, _, _) in town.ears.posts.items() if channel == SHARED]
    assert town.request().channel == OWN
    assert f"U{ALICE[2:]}" not in town.ears.rooms[OWN]
    for person in sorted(town.request().approvers):
        town.press(person, "approve")
        town.work()
    finish(town)
    assert [ts for ts, (channel, _, _) in town.ears.posts.items() if channel == SHARED] == before
    told = [words(card) for channel, _, card in town.ears.posts.values() if channel == OWN]
    assert any("Leaver: Alice Martin" in text for text in told)
    assert any("Plan for" in text for text in told)
    assert [channel for channel, _, _ in town.ears.files] == [OWN]


def test_a_second_account_of_hers_is_hers(town: Town) -> None:
    """With whichever account she reads the channel, nothing of her own is told there (S0-23)."""
    with town.engine.db.begin() as tx:
        people.link(tx, Link(ALICE, SystemKey("slack"), "U-second", "alice2", "set-up", "set-up"), town.now)
    town.ears.rooms[SHARED].add("U-second")
    asked(town)
    assert town.request().channel == OWN
    assert [channel for channel, _, _ in town.ears.posts.values() if channel == SHARED] == []


def test_a_room_that_she_was_let_into_before_it_is_used_is_not_used(town: Town) -> None:
    """Whoever stands in it from the first moment may add her: then the thread stands with Hanna (S0-23)."""
    town.ears = Early(**vars(town.ears))
    town.ears.rooms[SHARED].add(f"U{ALICE[2:]}")
    asked(town)
    places = {channel for channel, _, _ in town.ears.posts.values()}
    assert not {SHARED, OWN} & places
    assert town.request().channel == town.ears.direct(f"U{HANNA[2:]}")


def test_whoever_else_comes_in_is_nothing_to_tell(town: Town) -> None:
    """Ben may read what is told there; and once it is over, nothing is moved."""
    asked(town)
    assert comes(town, BEN) == 0
    assert town.request().channel == SHARED
    assert comes(town) == 1
    assert came_in(town.engine, "slack", SHARED, f"U{ALICE[2:]}", town.now) == 0


def test_in_the_room_of_its_own_she_must_be_taken_out(town: Town) -> None:
    """There is no further place to go to, so that is what HR and IT read (S0-23)."""
    town.ears.rooms[SHARED].add(f"U{ALICE[2:]}")
    asked(town)
    assert comes(town, channel=OWN) == 1
    assert "Take Alice Martin out of it now" in heard(town, HANNA)
    assert town.request().channel == OWN


def test_where_who_asked_has_left_hr_hears_it(town: Town) -> None:
    """Hanna is gone: Clara, who is in HR, takes her out of the channel."""
    asked(town)
    leave(town, HANNA, town.now.date() - timedelta(days=1))
    comes(town)
    assert heard(town, CLARA)
    assert not heard(town, HANNA)


def test_slack_says_so_and_says_it_twice(db: Database) -> None:
    """Hanna types /invite in the channel; the event comes, and once more, and is one happening (S1-25)."""
    with reception(db, "socket") as desk:
        town, space = desk.office.town, desk.office.space
        asked(town)
        with town.engine.db.begin() as tx:
            records.note(tx, "OFF-101", channel=ROOM)
        alice = space.person("U004")
        assert alice is not None
        desk.office.served.call(acts.command, space, "U002", {"channel": ROOM, "text": f"/invite @{alice.name}"})
        eventually(lambda: _read_along(town))
        body = {"type": "event_callback", "team_id": "T001", "event_id": "Ev-again", "event_time": 1}
        body["event"] = {"type": "member_joined_channel", "user": "U004", "channel": ROOM, "team": "T001"}
        body["authorizations"] = [{"team_id": "T001", "user_id": "UBOT", "is_bot": True}]
        desk.bring("events_api", body)
        assert _read_along(town) == 1


def _read_along(town: Town) -> int:
    return sum(one.kind == "request.read_along" for one in town.view().journal)
