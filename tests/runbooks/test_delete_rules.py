"""Where accounts are deleted some day, as a company writes it: never by a slip, and never too early."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.model import SystemKey, Trigger
from bot.domain.policy import DELETION
from bot.practice.company.people import FILES
from bot.runbooks import Mistakes, parse_policy
from bot.runbooks.seats import deleted_somewhere
from tests.runbooks.written import POLICY as SMALL

POLICY = (FILES / "policy.yaml").read_text(encoding="utf-8")


def test_without_a_word_nothing_is_ever_deleted() -> None:
    """Deleting is never a default; owners and HR decide unless the company says otherwise."""
    found = parse_policy(POLICY)
    assert found.delete == {}
    assert found.approval(Trigger.DELETE) == DELETION


def test_each_system_has_its_own_time_and_the_company_its_own_people() -> None:
    """Who decides may be written like for every other request."""
    text = SMALL.replace("approvals:\n", "approvals:\n  delete: {ask: [security]}\n")
    found = parse_policy(f"{text}\ndelete: {{github: 90 days}}\n")
    assert found.delete == {SystemKey("github"): timedelta(days=90)}
    rule = found.approval(Trigger.DELETE)
    assert rule is not None
    assert rule.ask == ("security",)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("delete: {github: 29 days}", "an offboarding can be undone for 30 days; write more for github"),
        ("delete: {github: soon}", "delete / github"),
        ("delete: yes", "delete"),
    ],
)
def test_a_mistake_is_told_in_words(line: str, said: str) -> None:
    """Whoever wrote it reads why."""
    with pytest.raises(Mistakes) as found:
        parse_policy(f"{SMALL}\n{line}\n")
    assert said in str(found.value)


def test_a_system_that_nobody_can_look_into_is_told() -> None:
    """Before an account is deleted it is looked at: that needs a connector, and a system that there is."""
    desk = "  desk:\n    name: Desk\n    owner: P-005\n    tasks: {leaver: {title: Look, how: Look there.}}\n"
    found = parse_policy(f"{SMALL}{desk}\ndelete: {{desk: 90 days, nowhere: 90 days, github: 90 days}}\n")
    said = " ".join(words for _path, words in deleted_somewhere(found))
    assert "GitHub" not in said
    assert "Usher cannot look into Desk, which has no connector (delete)" in said
    assert "there is no system nowhere in this policy (delete)" in said
