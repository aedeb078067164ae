"""Done means seen: every kind of change against every kind of reading."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.model import (
    Assign,
    Change,
    Delete,
    Disable,
    Enable,
    EndSessions,
    HandOver,
    Provision,
    Resume,
    Revoke,
    Suspend,
)
from bot.domain.reading import Completeness, Part, Reading, Session
from bot.domain.verify import Verdict, judge
from tests.domain.things import ALICE, BEN, CODE, DEPLOY, KEY, NOW, REPO, grant

ASLEEP = replace(ALICE, active=False)
OFF = replace(KEY, active=False)
DEPLOY_OFF = replace(DEPLOY, active=False)
UNKNOWN = replace(ALICE, active=None)


@dataclass(frozen=True)
class Case:
    """A change, the part that decides about it, and what is in that part when it is made and when it is not."""

    change: Change
    part: str
    made: tuple[Any, ...]
    not_made: tuple[Any, ...]


# Changes that take something away: absence proves them, but only in a part that is complete.
REMOVALS = (
    Case(Revoke(grant()), "grants", (), (grant(),)),
    Case(Disable(KEY), "credentials", (), (KEY,)),
    Case(Disable(DEPLOY), "made", (), (DEPLOY,)),
    Case(Suspend(ALICE), "account", (), (ALICE,)),
    Case(Suspend(ALICE), "account", (), (UNKNOWN,)),
    Case(Delete(ALICE), "account", (), (ASLEEP,)),
    Case(EndSessions(ALICE), "sessions", (), (Session("s1", "web"),)),
)
# Changes that give something: presence proves them.
GIFTS = (
    Case(Assign(grant()), "grants", (grant(),), ()),
    Case(Enable(KEY), "credentials", (KEY,), (OFF,)),
    Case(Resume(ALICE), "account", (ALICE,), (ASLEEP,)),
    Case(Provision(ALICE), "account", (ALICE,), ()),
)


def reading(part: str, items: tuple[Any, ...], seen: Completeness = Completeness.COMPLETE) -> Reading:
    """A reading with these items in one part."""
    make: Callable[..., Reading] = Reading
    return make(CODE, NOW, "the organisation", **{part: Part(items, seen, "because")})


@pytest.mark.parametrize("case", [*REMOVALS, *GIFTS], ids=lambda case: case.change.kind)
def test_what_a_complete_reading_shows_is_believed(case: Case) -> None:
    """Seen so: confirmed. Seen otherwise: contradicted, or pending while the system may still settle (S3-10)."""
    wrong = reading(case.part, case.not_made)
    assert judge(case.change, reading(case.part, case.made)) is Verdict.CONFIRMED
    assert judge(case.change, wrong) is Verdict.CONTRADICTED
    assert judge(case.change, wrong, NOW + timedelta(seconds=1)) is Verdict.PENDING
    assert judge(case.change, wrong, NOW) is Verdict.CONTRADICTED


@pytest.mark.parametrize("seen", [c for c in Completeness if c is not Completeness.COMPLETE])
@pytest.mark.parametrize("case", REMOVALS, ids=lambda case: case.change.kind)
def test_absence_where_we_could_not_look_proves_nothing(case: Case, seen: Completeness) -> None:
    """A part that is partial or hidden never confirms that something is gone, but it can show that it is not (S1-2)."""
    assert judge(case.change, reading(case.part, (), seen)) is Verdict.UNSEEN
    assert judge(case.change, reading(case.part, case.not_made, seen)) is Verdict.CONTRADICTED


@pytest.mark.parametrize("case", GIFTS, ids=lambda case: case.change.kind)
def test_a_gift_that_is_visible_is_there_however_little_we_see(case: Case) -> None:
    """Presence is proof in any part; absence only in a complete one (S3-10)."""
    partial = Completeness.PARTIAL
    assert judge(case.change, reading(case.part, case.made, partial)) is Verdict.CONFIRMED
    assert judge(case.change, reading(case.part, (), partial)) is Verdict.UNSEEN


@pytest.mark.parametrize(
    ("change", "part", "item"),
    [
        (Disable(KEY), "credentials", OFF),
        (Disable(DEPLOY), "made", DEPLOY_OFF),
        (Suspend(ALICE), "account", ASLEEP),
    ],
)
def test_what_is_shown_switched_off_is_off_however_little_else_we_see(change: Change, part: str, item: object) -> None:
    """The thing itself, seen and inactive, is proof and no absence: such a step can end (S1-2, S3-10)."""
    for seen in (Completeness.COMPLETE, Completeness.PARTIAL):
        assert judge(change, reading(part, (item,), seen)) is Verdict.CONFIRMED


def test_ids_decide_and_labels_do_not() -> None:
    """A renamed account or team is still the same one, a recycled name is not (S1-2)."""
    held = grant()
    renamed = replace(held, account=replace(ALICE, label="other"), entitlement=replace(held.entitlement, label="x"))
    stranger = replace(held, account=BEN)
    assert judge(Revoke(held), reading("grants", (renamed,))) is Verdict.CONTRADICTED
    assert judge(Revoke(held), reading("grants", (stranger,))) is Verdict.CONFIRMED
    assert judge(Suspend(ALICE), reading("account", (BEN,))) is Verdict.CONFIRMED


def test_a_hand_over_is_made_when_the_successor_is_seen_in_charge() -> None:
    """Without a successor, or without sight of the thing, nothing is proven (S0-7)."""
    change = HandOver(REPO, BEN)
    assert judge(HandOver(REPO), reading("assets", (REPO,))) is Verdict.UNSEEN
    assert judge(change, reading("assets", ())) is Verdict.UNSEEN
    assert judge(change, reading("assets", (REPO,))) is Verdict.CONTRADICTED
    assert judge(change, reading("assets", (replace(REPO, admins=("1", "2")),))) is Verdict.CONFIRMED


def test_a_key_for_machines_is_judged_where_it_was_found() -> None:
    """Personal keys and keys made for machines are two parts: the other one's completeness proves nothing (S0-33)."""
    hidden: Part[Any] = Part((), Completeness.NOT_PERMITTED, "no right")
    only_personal = Reading(CODE, NOW, "x", credentials=Part(()), made=hidden)
    assert judge(Disable(DEPLOY), only_personal) is Verdict.UNSEEN
    assert judge(Disable(KEY), only_personal) is Verdict.CONFIRMED
    in_made = Reading(CODE, NOW, "x", credentials=hidden, made=Part((OFF,)))
    assert judge(Disable(KEY), in_made) is Verdict.CONFIRMED
