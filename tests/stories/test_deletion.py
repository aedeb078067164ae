"""Long after somebody left, policy may have accounts deleted: a day that is told, a question, nothing without a yes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.chat.port import Card, Where
from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Asset, Delete, PersonId, Task, Trigger
from bot.domain.request import Request
from bot.engine import control, waiting
from bot.engine.approve import approve
from bot.engine.erase import erase
from bot.engine.start import start_due
from bot.engine.view import View, view
from bot.engine.waiting import Waits
from bot.store import Database, deletions, journal, records, versions
from tests.fakes.memory import ALL, down
from tests.fakes.town import ALICE, ALICE_CLOUD, CLARA, CLOUD, HANNA, INES, SARA, Town, speaker, words
from tests.stories.acts import everything_said
from tests.stories.later import back, gone, rule
from tests.stories.undos import agree, undo

DAY = timedelta(days=1)
DAYS = 40
POLICY = "delete: {aws: 40 days}"


@pytest.fixture
def town(db: Database) -> Town:
    """Alice left; policy has her account in AWS deleted after forty days."""
    found = Town(db)
    found.aws.can = ALL | {Delete}
    rule(found, POLICY)
    return gone(found)


def pass_days(town: Town, days: float) -> None:
    """Days pass, and what is due about deleting is done."""
    town.pass_time(timedelta(days=days))
    tick(town)


def tick(town: Town) -> None:
    """The clock looks, and everybody works."""
    for _ in range(2):
        erase(town.engine, town.now)
        start_due(town.engine, town.now)
        town.work()
        town.pass_time(timedelta(seconds=1))


def asked(town: Town) -> tuple[Request, ...]:
    """Every request to delete something, the oldest first."""
    with town.engine.db.look() as tx:
        return tuple(sorted((r for r in records.about(tx, ALICE) if r.trigger is Trigger.DELETE), key=lambda r: r.id))


def of(town: Town, key: str = "DEL-101") -> View:
    """A request, whole."""
    return view(town.engine, key, town.now)


def yes(town: Town, *who: PersonId) -> None:
    """They agree."""
    for person in who:
        approve(town.engine, "DEL-101", of(town).request.digest, person, town.now, yes=True)
        town.work()
    tick(town)


def question(town: Town, person: PersonId) -> str:
    """What this person was asked last."""
    return words(town.direct(person)[-1])


def deleted(town: Town) -> bool:
    """Whether the account is gone."""
    return town.aws.deleted


def coming(town: Town) -> list[date]:
    """The days on which it will be asked."""
    with town.engine.db.look() as tx:
        return [one.due.date() for one in deletions.coming(tx, ALICE)]


def test_an_account_is_deleted_when_nothing_can_be_undone_any_more_and_two_people_agree(town: Town) -> None:
    """Told at the end, asked on the day with what cannot come back, done once, seen gone."""
    assert "Before any account is deleted I ask" in everything_said(town)
    assert "AWS: Sat 02 Jan 2027" in everything_said(town)
    pass_days(town, DAYS - 1)
    assert not asked(town)
    pass_days(town, 1.1)
    (request,) = asked(town)
    assert (request.parent, request.state) == ("OFF-101", RequestState.AWAITING_APPROVAL)
    assert request.requester == HANNA
    assert CLARA in request.approvers
    said = question(town, CLARA)
    assert "Delete the account alice.martin" in said
    assert "Nothing of it can come back." in said
    assert "access key AKIA…001" in said
    assert "Keep the accounts" in said
    assert not deleted(town)
    yes(town, CLARA)
    assert not deleted(town)
    yes(town, *(set(request.approvers) - {CLARA}))
    assert deleted(town)
    assert of(town).request.state is RequestState.CLOSED
    assert [step.state for step in of(town).steps] == [StepState.CONFIRMED]
    assert town.aws.log.count(Delete(replace(ALICE_CLOUD, active=False))) == 1
    assert "Finished: 1 account is deleted." in everything_said(town)
    pass_days(town, 100)
    assert len(asked(town)) == 1


def test_without_a_word_in_the_policy_nothing_is_ever_deleted(db: Database) -> None:
    """Never is what a company has that wrote nothing."""
    town = Town(db)
    town.aws.can = ALL | {Delete}
    gone(town)
    pass_days(town, 4000)
    assert not asked(town)
    assert not deleted(town)


def test_one_no_keeps_the_accounts_and_ends_the_question_for_good(town: Town) -> None:
    """Whoever is asked says no: nothing is deleted, whoever asked hears, and nobody is asked again."""
    pass_days(town, DAYS + 1)
    town.press(CLARA, "deny")
    town.work()
    assert of(town).request.state is RequestState.DENIED
    assert "The accounts stay, and I do not ask again." in question(town, HANNA)
    pass_days(town, 400)
    assert len(asked(town)) == 1
    assert not deleted(town)


def test_cancelling_keeps_them_too(town: Town) -> None:
    """HR may end the question."""
    pass_days(town, DAYS + 1)
    control.cancel(town.engine, "DEL-101", HANNA, town.now)
    pass_days(town, 400)
    assert len(asked(town)) == 1
    assert not deleted(town)


@pytest.mark.parametrize("hold", ["people: [P-004]", "systems: [aws]"])
def test_a_legal_hold_puts_the_question_off_until_it_is_lifted(town: Town, hold: str) -> None:
    """Said once, not each day; asked when nothing has to be kept any more (S0-7)."""
    rule(town, f"legal_hold: {{{hold}}}")
    for _ in range(3):
        pass_days(town, DAYS)
    assert not asked(town)
    assert sum("no account is deleted now" in line for line in town.thread()) == 1
    with town.engine.db.begin() as tx:
        text = versions.body(tx, versions.newest(tx, "policy.yaml") or 0)
        versions.keep(tx, "policy.yaml", text.replace(f"legal_hold: {{{hold}}}", ""), town.now)
    pass_days(town, 2)
    assert len(asked(town)) == 1


def test_a_legal_hold_after_the_question_blocks_the_yes_and_after_the_yes_the_deletion(town: Town) -> None:
    """It is looked at when somebody presses, and again before the system is asked (S0-7)."""
    pass_days(town, DAYS + 1)
    rule(town, "legal_hold: {people: [P-004]}")
    approvers = of(town).request.approvers
    approve(town.engine, "DEL-101", of(town).request.digest, approvers[0], town.now, yes=True)
    with pytest.raises(Refused, match="legal hold"):
        approve(town.engine, "DEL-101", of(town).request.digest, approvers[1], town.now, yes=True)
    assert of(town).request.state is RequestState.AWAITING_APPROVAL


def test_a_hold_between_the_yes_and_the_deletion_keeps_the_account(town: Town) -> None:
    """The last look is the one before the system is asked; the question comes again later."""
    pass_days(town, DAYS + 1)
    town.aws.faults = [down()]  # the reading at the start fails once
    for person in of(town).request.approvers:
        approve(town.engine, "DEL-101", of(town).request.digest, person, town.now, yes=True)
    rule(town, "legal_hold: {people: [P-004]}")
    town.work()
    pass_days(town, 0.1)
    pass_days(town, 0.1)
    assert not deleted(town)
    assert [step.state for step in of(town).steps] == [StepState.DROPPED]
    assert "legal hold is in force" in everything_said(town)
    assert len(coming(town)) == 1


def test_who_works_here_again_keeps_the_account(town: Town) -> None:
    """Back before the day: never asked. Back after the question: it ends."""
    pass_days(town, DAYS - 5)
    back(town)
    pass_days(town, 10)
    assert not asked(town)
    assert "works here again, or got back what was taken" in everything_said(town)
    assert coming(town) == []


def test_a_question_about_somebody_who_came_back_is_over(town: Town) -> None:
    """Nobody can agree to it any more, and nothing asks again."""
    pass_days(town, DAYS + 1)
    digest = of(town).request.digest
    back(town)
    first, second = of(town).request.approvers[:2]
    approve(town.engine, "DEL-101", digest, first, town.now, yes=True)
    with pytest.raises(Refused, match="works here again"):
        approve(town.engine, "DEL-101", digest, second, town.now, yes=True)
    pass_days(town, 1)
    assert of(town).request.state is RequestState.WITHDRAWN
    pass_days(town, 400)
    assert len(asked(town)) == 1
    assert not deleted(town)


def test_who_comes_back_between_the_yes_and_the_deletion_keeps_the_account(town: Town) -> None:
    """The system is not asked, the request ends, and the day is not put off again."""
    pass_days(town, DAYS + 1)
    town.aws.faults = [down()]
    for person in of(town).request.approvers:
        approve(town.engine, "DEL-101", of(town).request.digest, person, town.now, yes=True)
    back(town)
    town.work()
    pass_days(town, 0.1)
    assert not deleted(town)
    assert of(town).request.state is RequestState.CLOSED
    pass_days(town, 10)
    assert coming(town) == []


def test_while_something_may_be_given_back_nothing_is_deleted(town: Town) -> None:
    """A restore that was asked for in time and is not decided puts the question off; after a no it is put."""
    pass_days(town, 25)
    restore = undo(town)
    pass_days(town, 16)
    assert not asked(town)
    assert "A request to give back what was taken is open." in everything_said(town)
    control.cancel(town.engine, restore.id, HANNA, town.now)
    pass_days(town, 2)
    assert [one.state for one in asked(town)] == [RequestState.AWAITING_APPROVAL]


def test_what_was_given_back_is_never_deleted(town: Town) -> None:
    """The restore was made: every day that was written down is over."""
    pass_days(town, 25)
    undo(town)
    agree(town)
    assert town.aws.account.active
    pass_days(town, 400)
    assert not asked(town)
    assert coming(town) == []


def test_an_account_that_still_owns_something_stays(town: Town) -> None:
    """Nobody is asked; the thread says what it is in charge of; a week later it is looked at again."""
    town.aws.assets = [Asset(ALICE_CLOUD, "app:1", "application", "billing", sole_admin=True, admins=("AIDA4",))]
    pass_days(town, DAYS + 1)
    (request,) = asked(town)
    assert request.state is RequestState.WITHDRAWN
    assert "Nobody else is in charge of application billing." in everything_said(town)
    town.aws.assets = []
    pass_days(town, 8)
    assert [one.state for one in asked(town)] == [RequestState.WITHDRAWN, RequestState.AWAITING_APPROVAL]


def test_an_account_that_was_unlocked_since_stays(town: Town) -> None:
    """Somebody uses it again, with or without a right: that is for people to find out first."""
    town.aws.account = replace(town.aws.account, active=True)
    pass_days(town, DAYS + 1)
    assert asked(town)[0].state is RequestState.WITHDRAWN
    assert "It works: it was unlocked since" in everything_said(town)


def test_what_changed_between_the_yes_and_the_work_is_seen(town: Town) -> None:
    """The reading at the start decides: unlocked meanwhile, so it stays."""
    pass_days(town, DAYS + 1)
    town.aws.account = replace(town.aws.account, active=True)
    yes(town, *of(town).request.approvers)
    assert not deleted(town)
    assert "It works" in everything_said(town)
    assert of(town).request.state is RequestState.CLOSED
    assert "1 stays" in everything_said(town)


def test_the_day_survives_a_standstill_and_a_double_tick_asks_once(town: Town) -> None:
    """The day stands in the rows: after months without Usher it is asked, once, however often the clock looks."""
    town.pass_time(timedelta(days=300))
    for _ in range(4):
        erase(town.engine, town.now)
    town.work()
    assert len(asked(town)) == 1


def test_it_waits_in_the_digest_of_those_who_decide_and_is_told_about_the_person(town: Town) -> None:
    """Home and digest show it like every decision; /usher person names the day before."""
    answer = town.talk.command(speaker(SARA), "/usher", "person Alice Martin", Where())
    assert isinstance(answer, Card)
    assert "will be deleted on" in words(answer)
    pass_days(town, DAYS + 1)
    mine = waiting.of(town.engine, CLARA, town.now)
    assert [(one.what, one.name) for one in mine] == [(Waits.APPROVAL, "DEL-101")]
    assert not waiting.of(town.engine, ALICE, town.now)


def test_what_no_program_can_delete_is_the_task_of_whoever_looks_after_the_system(db: Database) -> None:
    """Agreed to like all others, done by hand with evidence."""
    town = Town(db)
    rule(town, POLICY)
    gone(town)
    pass_days(town, DAYS + 1)
    (step,) = of(town).steps
    assert isinstance(step.action, Task)
    assert step.assignee == INES
    assert INES in of(town).request.approvers
    yes(town, CLARA, INES)
    assert "Delete the account alice.martin" in question(town, INES)
    assert not deleted(town)


def test_a_company_that_changes_its_mind_is_followed(town: Town) -> None:
    """The policy of the day decides, not the one of the day she left."""
    with town.engine.db.begin() as tx:
        text = versions.body(tx, versions.newest(tx, "policy.yaml") or 0)
        versions.keep(tx, "policy.yaml", text.replace(POLICY, ""), town.now)
    pass_days(town, DAYS + 1)
    assert not asked(town)
    assert "the policy does not have accounts deleted there any more" in everything_said(town)


def test_nothing_about_it_is_told_to_whom_it_is_about(town: Town) -> None:
    """Alice reads none of it, as ever."""
    pass_days(town, DAYS + 1)
    yes(town, *of(town).request.approvers)
    assert town.direct(ALICE) == []
    with town.engine.db.look() as tx:
        kinds = {entry.kind for entry in journal.read(tx, request="DEL-101")}
    assert {"erase.begun", "erase.weighed", "plan.made", "step.confirmed"} <= kinds


def test_several_accounts_of_one_system_that_must_stay_are_asked_about_once(town: Town) -> None:
    """Both of hers stay for a week, each for its own reason: then there is one question and no line twice."""
    pass_days(town, DAYS)
    with town.engine.db.begin() as tx:
        for _account in ("first", "second"):
            deletions.plan(tx, "OFF-101", [(CLOUD, town.now + 7 * DAY)])
        waiting_for_a_day = [one for one in deletions.of(tx, "OFF-101") if one.waits]
    assert [(one.system, one.due) for one in waiting_for_a_day] == [(CLOUD, town.now + 7 * DAY)]
