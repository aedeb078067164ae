"""What gives back what was taken, and what cannot come back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.model import Assign, Enable, Resume
from bot.domain.reading import Part, Reading, absent, unseen
from bot.domain.restore import Lost, preview
from tests.domain.things import ALICE, BEN, CODE, DEPLOY, KEY, MEMBER, NOW, PROD, REPO, TEAM, everything, grant


def gone() -> Reading:
    """Everything was taken: locked, off, without rights, handed over to Ben."""
    return Reading(
        CODE,
        NOW,
        "the organisation",
        account=Part((replace(ALICE, active=False),)),
        credentials=Part((replace(KEY, active=False),)),
        made=Part(()),
        assets=Part((replace(REPO, sole_admin=False, admins=(BEN.native_id,)),)),
    )


def whose(part: str, held: Part[Any]) -> Reading:
    """Everything, but for one part."""
    changed: dict[str, Any] = {part: held}
    return replace(everything(), **changed)


def lost(before: Reading, after: Reading) -> list[str]:
    """What cannot come back, each with its reason."""
    return [f"{one.what}: {one.why}" for one in preview(before, after, NOW).lost]


def test_everything_that_can_come_back_does_the_account_first() -> None:
    """Unlocked, given back right by right, switched on, from what was seen before (S4-27)."""
    found = preview(everything(), gone(), NOW)
    assert found.gives == (
        Resume(ALICE),
        Assign(grant(TEAM)),
        Assign(grant(PROD)),
        Assign(grant(MEMBER)),
        Enable(KEY),
        Enable(DEPLOY),
    )


def test_what_cannot_come_back_is_said_in_words() -> None:
    """A key nobody can restore, what somebody else owns by now, sessions that ended."""
    before = replace(everything(), credentials=Part((replace(KEY, restorable=False),)))
    assert lost(before, gone()) == [
        "access key A…1: It cannot be made to work again: a new one must be made.",
        "repository payments-api: ben administers it now, and must give it back.",
        "open sessions: They ended for good; signing in again opens new ones.",
    ]


def test_nothing_is_missing_where_nothing_was_taken() -> None:
    """The same reading twice."""
    assert preview(everything(), everything(), NOW) == preview(gone(), gone(), NOW)
    assert preview(everything(), everything(), NOW).gives == ()
    assert preview(everything(), everything(), NOW).lost == ()


def test_an_account_that_is_gone_is_no_account_that_is_locked() -> None:
    """Nothing unlocks it. Where accounts could not be seen, it may well be there."""
    nobody = replace(gone(), account=Part(()))
    assert "account alice: It is no longer there." in lost(everything(), nobody)[0]
    hidden = replace(gone(), account=unseen("no right"))
    assert Resume(ALICE) not in preview(everything(), hidden, NOW).gives
    assert not any("account alice" in line for line in lost(everything(), hidden))


def test_what_was_lent_does_not_come_back_after_its_time() -> None:
    """And what another system fills is given there."""
    over = replace(grant(TEAM), until=NOW - timedelta(hours=1))
    lasts = replace(grant(MEMBER), until=NOW + timedelta(hours=1))
    synced = replace(grant(PROD), by_hand="The identity provider fills it.")
    before = replace(everything(), grants=Part((over, lasts, synced)))
    assert [one for one in preview(before, gone(), NOW).gives if isinstance(one, Assign)] == [Assign(lasts)]
    assert lost(before, gone())[:2] == [
        "team payments: It was lent, and its time is over by now.",
        "role production: No program can give it: The identity provider fills it.",
    ]


@pytest.mark.parametrize("part", ["grants", "credentials", "assets", "made"])
def test_what_was_not_seen_before_is_not_promised(part: str) -> None:
    """A snapshot with a hole says so; a part that does not exist is no hole."""
    hidden = whose(part, unseen("no right to list them"))
    assert any("no right to list them" in one for one in lost(hidden, gone()))
    none = whose(part, absent("there are none"))
    assert not any("there are none" in line for line in lost(none, gone()))


def test_a_thing_that_nobody_shows_any_more_has_another_owner() -> None:
    """Where all things were seen; a thing that others administered too is no loss."""
    assert (
        Lost("repository payments-api", "Somebody else owns it now, and must give it back.")
        in preview(everything(), replace(gone(), assets=Part(())), NOW).lost
    )
    shared = replace(everything(), assets=Part((replace(REPO, sole_admin=False),)))
    assert not any("payments-api" in line for line in lost(shared, replace(gone(), assets=Part(()))))
    nameless = replace(REPO, candidates=(), admins=("77",), sole_admin=False)
    alone = replace(everything(), assets=Part((replace(REPO, candidates=()),)))
    assert any("77 administers it now" in line for line in lost(alone, replace(gone(), assets=Part((nameless,)))))
