"""What a company writes about what may wait, for whom, and about locking somebody before the approval."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.hold import Holds, LockNow, Silence
from bot.domain.model import PersonId, Power
from bot.runbooks import parse_policy
from tests.runbooks.written import POLICY, wrong_in_policy

WRITTEN = """\
holds: {answer: 1 day, longest: 10 days}
checkpoints:
  devops: {words: DevOps, people: [P-005], silence: go}
  office: {words: The office, power: it}
lock_now: {ask: [security, it]}
"""


def test_what_may_wait_becomes_the_rules_it_says() -> None:
    """Times, teams and what silence means, as written; the rest has a careful default (S0-23)."""
    found = parse_policy(POLICY + WRITTEN)
    assert found.holds == Holds(timedelta(days=1), timedelta(days=10))
    devops, office = found.checkpoints["devops"], found.checkpoints["office"]
    assert (devops.people, devops.power, devops.silence) == (frozenset({PersonId("P-005")}), None, Silence.GO)
    assert (office.power, office.silence, office.escalate) == (Power.IT, Silence.WAIT, (Power.SECURITY,))
    assert found.lock_now == LockNow((Power.SECURITY, Power.IT), timedelta(hours=24))


def test_without_a_word_nobody_locks_early_and_questions_end_within_days() -> None:
    """Every policy written so far stays valid."""
    found = parse_policy(POLICY)
    assert found.lock_now is None
    assert (found.holds.answer, found.holds.longest) == (timedelta(days=2), timedelta(days=30))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("longest: 10 days", "longest: 91 days", "longest must be 90 days or less"),
        ("answer: 1 day", "answer: 11 days", "answer is more than longest"),
        ("people: [P-005], ", "", "name either people, by their ids, or a power"),
        ("power: it", "power: it, people: [P-005]", "name either people, by their ids, or a power"),
        ("silence: go", "silence: no", '"no" is none of go or wait'),
        ("ask: [security, it]", "ask: []", "the list is empty"),
        ("ask: [security, it]", "ask: [it], review: 5 minutes", "review must be between 1 hour and 72 hours"),
        ("longest", "longes", "did you mean longest?"),
        ("silence", "silent", "did you mean silence?"),
        ("ask: [security", "aks: [security", "did you mean ask?"),
    ],
)
def test_nonsense_about_waiting_is_told_where(old: str, new: str, told: str) -> None:
    """Each mistake with its place, in words."""
    assert told in " ".join(wrong_in_policy(POLICY + WRITTEN.replace(old, new)))
