"""A certificate claims what was seen, and never more."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.certificate import certify
from bot.domain.model import (
    Account,
    Credential,
    EndSessions,
    Entitlement,
    Grant,
    PersonId,
    PlannedStep,
    Revoke,
    Suspend,
    SystemKey,
    Task,
    Wave,
)
from bot.domain.model import Disable as SwitchOff
from bot.domain.planning import NO_ACCOUNT, Found
from bot.domain.policy import System
from bot.domain.reading import Completeness, Part, Reading, absent
from bot.domain.residue import Came, at_once, came, in_words, left

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
AWS = SystemKey("aws")
HERS = Account(AWS, "A1", "alice", active=True)
KEY = Credential(HERS, "K1", "access key", "AK…1")
RIGHT = Grant(HERS, Entitlement("g", "group", "prod"))

parts: st.SearchStrategy[Part[Any]] = st.builds(lambda seen: Part((), seen, "why"), st.sampled_from(Completeness))
readings = st.builds(
    lambda account, grants, credentials, assets, made, sessions, alike: Reading(
        AWS, NOW, "itself", account, grants, credentials, assets, made, sessions, alike=alike
    ),
    *[parts] * 7,
)
found = st.lists(
    st.builds(
        lambda n, connector, reading, failure: Found(
            System(SystemKey(f"s{n}"), f"S{n}", PersonId("P-005"), connector=connector),
            replace(reading, system=SystemKey(f"s{n}")) if connector and reading else None,
            failure,
        ),
        st.integers(0, 9),
        st.sampled_from(["", "aws"]),
        st.none() | readings,
        st.sampled_from(["", "down"]),
    ),
    unique_by=lambda one: one.system.key,
)


@given(found)
def test_no_system_is_named_as_seen_that_was_not_seen_whole(every: list[Found]) -> None:
    """Whatever was partly read, hidden or down is told as not seen, in every mixture (S1-2)."""
    proof = certify(every, NOW)
    by_key = {one.system.key: one for one in every}
    proven = {Completeness.COMPLETE, Completeness.NOT_APPLICABLE}
    for key, _at in proof.seen:
        reading = by_key[key].reading
        assert reading is not None
        shown = (reading.account, reading.grants, reading.credentials, reading.assets, reading.made, reading.sessions)
        assert all(part.seen in proven for part in (*shown, reading.alike))
    named = {key for key, _at in proof.seen} | set(proof.searched) | set(proof.missing) | set(proof.by_hand)
    assert named == set(by_key), "no system is left out in silence"
    assert proof.whole == (not proof.missing)


def test_a_search_that_found_nobody_is_told_apart() -> None:
    """Where no account was ever known, a search proves less than a reading, and is called a search."""
    nothing: Part[Account] = absent(NO_ACCOUNT)
    seen = Reading(AWS, NOW, "a search", Part((), Completeness.NOT_PERMITTED, NO_ACCOUNT), alike=Part())
    proof = certify([Found(System(AWS, "AWS", PersonId("P"), connector="aws"), seen)], NOW)
    assert (proof.seen, proof.searched, proof.whole) == ((), (AWS,), True)
    assert nothing.seen is Completeness.NOT_APPLICABLE


def test_how_something_came_to_be_there_is_told_by_what_was_seen_before() -> None:
    """New, back, switched on again, never gone: four different things to do about it (S1-21)."""
    was = Reading(AWS, NOW, "", Part((HERS,)), Part((RIGHT,)), Part((KEY,)))
    off = Part((Credential(HERS, "K1", "access key", "AK…1", active=False),))
    locked = Reading(AWS, NOW, "", Part((Account(AWS, "A1", "alice", active=False),)), Part(), off)
    empty = Reading(AWS, NOW, "")
    assert [came(Suspend(HERS), seen) for seen in ([], [was, empty], [was, locked], [was])] == [
        Came.NEW,
        Came.BACK,
        Came.SWITCHED_ON,
        Came.STAYED,
    ]
    assert [came(SwitchOff(KEY), seen) for seen in ([], [was, empty], [was, locked], [was])] == [
        Came.NEW,
        Came.BACK,
        Came.SWITCHED_ON,
        Came.STAYED,
    ]
    assert [came(Revoke(RIGHT), seen) for seen in ([], [was, locked], [was])] == [Came.NEW, Came.BACK, Came.STAYED]
    assert in_words(EndSessions(HERS), []) == "somebody is signed in"
    assert in_words(Task("Somewhere", "how"), []) == ""


def test_only_what_contains_can_be_undone_and_was_approved_ends_at_once() -> None:
    """A right waits for people; so does a key that nobody can restore, and a kind that nobody approved (S1-11)."""
    lock = PlannedStep(1, AWS, Wave.CONTAIN, Suspend(HERS))
    lost = PlannedStep(2, AWS, Wave.CONTAIN, SwitchOff(KEY), reversible=False)
    right = PlannedStep(3, AWS, Wave.MEMBERSHIPS, Revoke(RIGHT), after=(1,))
    kinds = frozenset({"suspend", "disable", "revoke"})
    assert [at_once(one, kinds) for one in (lock, lost, right)] == [True, False, False]
    assert not at_once(lock, frozenset({"disable"}))
    kept = left((lock, lost, right), frozenset({"aws|suspend|A1"}))
    assert [(one.number, one.after) for one in kept] == [(1, ()), (2, ())]
