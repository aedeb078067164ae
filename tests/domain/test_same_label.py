"""Labels repeat, accounts differ: what is one thing and what is two is decided by native ids alone."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.domain.model import Account, Credential, PersonId, SystemKey, Task
from bot.domain.planning import Found, key_of, leaver_plan, together
from bot.domain.policy import System
from bot.domain.reading import Completeness, Part, Reading, absent, unseen

CODE = SystemKey("github")
ALICE = Account(CODE, "40004", "alice-m")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def test_two_keys_of_the_same_name_are_two_tasks() -> None:
    """Where no connector can switch keys off, a second one called “ci” is not taken for the first."""
    keys = tuple(Credential(ALICE, f"key:{n}", "deploy key", "ci", personal=False) for n in (1, 2))
    seen = Reading(CODE, NOW, "the organisation", made=Part(keys))
    found = Found(System(CODE, "GitHub", PersonId("P-005")), seen)
    steps = leaver_plan([found], {}, lambda _system: PersonId("P-005")).steps
    assert [type(step.action) for step in steps] == [Task, Task]
    assert len({key_of(step.system, step.action) for step in steps}) == 2


def test_a_part_one_account_cannot_have_hides_nothing_of_the_other() -> None:
    """Two accounts in one system: the sessions of the one that has any stay as visible, or as hidden, as they are."""
    without = Reading(CODE, NOW, "the organisation", sessions=absent("Service logins have no sessions."))
    whole = Reading(CODE, NOW, "the organisation")
    hidden = Reading(CODE, NOW, "the organisation", sessions=unseen("The scope is missing."))
    assert together((without, whole)).sessions.seen is Completeness.COMPLETE
    assert together((hidden, without)).sessions.seen is Completeness.NOT_PERMITTED
    assert together((without, without)).sessions.seen is Completeness.NOT_APPLICABLE
