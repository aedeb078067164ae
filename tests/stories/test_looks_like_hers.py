"""Accounts that look like the leaver's and that nobody linked: asked about, never touched unconfirmed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.domain.by_hand import OWNER, asked_whose
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import (
    Account,
    Credential,
    Disable,
    EndSessions,
    Entitlement,
    Grant,
    Revoke,
    Suspend,
    Task,
    account_of,
)
from bot.domain.planning import FURTHER, NO_ACCOUNT
from bot.domain.request import Step
from bot.domain.verify import Verdict, judge
from bot.engine import search
from connectors.interface import ConnectorError, Kind, Partly
from tests.fakes.memory import Memory
from tests.fakes.town import ALICE, ALICE_CLOUD, BEN, CLOUD, CODE, HANNA, INES, MARTEN, START, Town, words
from tests.stories.acts import approved, asked, done, finish, link, wait

MAIL = "alice.martin@lumen.example"
SECOND = Account(CLOUD, "222222222222:AIDA9", "alice.m (account 222222222222)", active=True)


def questions(town: Town) -> list[Step]:
    """What people are asked about accounts that nobody linked."""
    return [s for s in town.view().steps if isinstance(s.action, Task) and asked_whose(s.action)]


def test_the_second_user_in_another_account_is_asked_about(town: Town) -> None:
    """Found by her e-mail, linked by nobody: a question to whoever looks after AWS, in the plan that is approved."""
    town.aws.alike = {MAIL: (SECOND, town.aws.account)}
    asked(town)
    (question,) = questions(town)
    assert isinstance(question.action, Task)
    assert (question.system, question.assignee, question.action.evidence) == (CLOUD, INES, OWNER)
    assert "222222222222:AIDA9" in question.action.how
    plan = next(card for card in town.ears.every if "Plan for" in card.text)
    assert f"Find out whose account “{SECOND.label}” is" in words(plan)


def test_it_is_never_used_silently(town: Town) -> None:
    """Whatever is approved and done: no change touches the account while nobody confirmed whose it is."""
    town.aws.alike = {MAIL: (SECOND,)}
    approved(town)
    done(town, INES, "It is the account of the build server; its team keeps it.")
    finish(town)
    assert town.request().state is RequestState.CLOSED
    assert {account_of(change).native_id for change in town.aws.log} == {"AIDA4"}


def test_once_it_is_hers_it_is_read_and_what_it_holds_joins(town: Town) -> None:
    """Ines has it linked and presses Done: its keys are switched off in the same request, which ends only then."""
    town.aws.alike = {MAIL: (SECOND,)}
    approved(town)
    both = Both(town.aws, second_user())
    town.engine.connectors[CLOUD] = both  # type: ignore[index]
    link(town, ALICE, SECOND)
    done(town, INES, "It is hers.")
    assert {account_of(change).native_id for change in both.second.log} == {SECOND.native_id}
    assert not any(key.active for key in both.second.credentials)
    finish(town)
    wait(town)
    assert town.request().state is RequestState.CLOSED


def test_an_account_that_is_anothers_by_a_confirmed_link_is_no_question(town: Town) -> None:
    """Her e-mail in the profile of Ben's account: it is Ben's, and known to be."""
    town.aws.alike = {MAIL: (SECOND,)}
    link(town, BEN, SECOND)
    asked(town)
    assert questions(town) == []


def test_a_link_that_nobody_confirmed_is_a_question_too(town: Town) -> None:
    """Somebody proposed it once: that is a finding, not knowledge."""
    link(town, ALICE, SECOND, confirmed=False)
    asked(town)
    assert [step.action.target for step in questions(town) if isinstance(step.action, Task)] == [
        f"whose:{SECOND.native_id}"
    ]


def test_every_address_by_which_she_is_known_is_searched(town: Town) -> None:
    """An account elsewhere that is named by an e-mail gives another address to search by."""
    town.aws.alike = {"alice@old-name.example": (SECOND,)}
    link(town, ALICE, Account(CODE, "40005", "Alice@Old-Name.example"))
    asked(town)
    assert len(questions(town)) == 1


def test_where_no_account_of_hers_is_known_it_is_searched_as_well(town: Town) -> None:
    """The other Alice has no link anywhere: what looks like hers is named beside the task to look by eye."""
    town.github.alike = {"alice.marten@lumen.example": (Account(CODE, "777", "a-marten"),)}
    town.offboard(HANNA, person=MARTEN, typed="Alice Marten")
    town.work()
    assert [step.system for step in questions(town)] == [CODE]
    how = [step.action.how for step in town.view().steps if isinstance(step.action, Task)]
    assert how.count(NO_ACCOUNT) == 2
    assert "system.searched" in {entry.kind for entry in town.view().journal}


def test_a_search_proves_nothing_of_what_she_holds() -> None:
    """Her link ended while the system was about to be read: nobody looked, so nothing counts as seen gone."""
    cloud = Memory(CLOUD, ALICE_CLOUD)
    found = search.alone(cloud, search.Hers(CLOUD, (), (), (MAIL,)), START)
    held = Grant(ALICE_CLOUD, Entitlement("group:1", "group", "payments"))
    key = Credential(ALICE_CLOUD, "AKIA1", "access key", "A…1")
    for change in (Revoke(held), Disable(key), Suspend(ALICE_CLOUD), EndSessions(ALICE_CLOUD)):
        assert judge(change, found) is Verdict.UNSEEN


@pytest.mark.parametrize("kind", [Kind.PERMISSION, Kind.THROTTLED, Kind.TRANSIENT], ids=lambda kind: str(kind.value))
def test_a_search_that_failed_is_told_and_somebody_looks(town: Town, kind: Kind) -> None:
    """The reading stands; that nobody searched is no proof that there is nothing."""
    town.aws.alike = {MAIL: ConnectorError("The search is closed.", kind=kind)}
    asked(town)
    titles = [step.action.title for step in town.view().steps if isinstance(step.action, Task)]
    assert f"Check {FURTHER} in AWS by eye" in titles
    assert town.request().state is RequestState.AWAITING_APPROVAL


@pytest.mark.parametrize("linked", [True, False], ids=["where she is known", "where nobody knows her"])
def test_what_was_found_before_a_search_failed_is_asked_about(town: Town, linked: bool) -> None:
    """One of many accounts was not searched: what the others showed, and what was proposed, is not lost by that."""
    proposed = Account(CLOUD, "AIDA8", "alice.old")
    person, mail = (ALICE, MAIL) if linked else (MARTEN, "alice.marten@lumen.example")
    town.aws.alike = {mail: Partly("Account 333333333333 was not searched.", (SECOND,))}
    link(town, person, proposed, confirmed=False)
    town.offboard(HANNA, person=person, typed="Alice Martin" if linked else "Alice Marten")
    town.work()
    targets = {asked_whose(step.action) for step in questions(town) if isinstance(step.action, Task)}
    assert {SECOND.native_id, proposed.native_id} <= targets
    how = [step.action.how for step in town.view().steps if isinstance(step.action, Task)]
    assert any("333333333333" in one for one in how)


def test_a_search_that_failed_where_nothing_is_known_leaves_the_task(town: Town) -> None:
    """Nothing is linked and nothing could be searched: the reason stands in the task, and nothing waits for it."""
    town.github.alike = {"alice.marten@lumen.example": ConnectorError("It is closed.", kind=Kind.PERMISSION)}
    town.offboard(HANNA, person=MARTEN, typed="Alice Marten")
    town.work()
    how = [step.action.how for step in town.view().steps if isinstance(step.action, Task)]
    assert f"{NO_ACCOUNT} It is closed." in how
    assert town.request().state is RequestState.AWAITING_APPROVAL


def test_nobody_is_asked_twice_for_the_same_account(town: Town) -> None:
    """Found by two addresses, proposed as a link, and seen again at the start: one question."""
    town.aws.alike = {MAIL: (SECOND, SECOND)}
    link(town, ALICE, SECOND, confirmed=False)
    approved(town)
    assert len(questions(town)) == 1
    assert questions(town)[0].state is StepState.READY


def second_user() -> Memory:
    """The user in the other account: one key that works."""
    key = Credential(SECOND, "AKIA9", "access key", "AKIA…009", used=True)
    return Memory(CLOUD, SECOND, credentials=[key])


class Both:
    """One AWS with two users of hers."""

    def __init__(self, first: Memory, second: Memory) -> None:
        self.first, self.second = first, second
        self.spec, self.check, self.find = first.spec, first.check, first.find
        self.read: Callable[..., object] = lambda link, now: self._of(link.native_id).read(link, now)
        self.apply: Callable[..., object] = lambda change: self._of(account_of(change).native_id).apply(change)

    def _of(self, native_id: str) -> Memory:
        return self.second if native_id == SECOND.native_id else self.first
