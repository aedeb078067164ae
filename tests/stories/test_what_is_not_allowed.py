"""What a credential, a plan or a server does not allow is a person's task, not a step that gets stuck."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.domain.by_hand import EVIDENCE
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Account, Disable, Task
from bot.domain.request import Step
from bot.store import records
from connectors.interface import Check, Guide
from tests.fakes.memory import Memory
from tests.fakes.town import CLARA, CLOUD, INES, MARTEN, Town, words
from tests.stories.acts import approved, asked, done, finish, link

WHY = "Usher may not switch keys off; add iam:UpdateAccessKey."


def forbidden(town: Town) -> Town:
    """The credential for AWS may do everything but switch keys off."""
    town.aws.cannot = {Disable: WHY}
    return town


def keys(town: Town) -> list[Step]:
    """What the plan says about her two access keys."""
    return [s for s in town.view().steps if isinstance(s.action, Task) and s.action.title.startswith("Switch off")]


def test_what_is_not_allowed_is_a_task_with_the_reason_and_the_place(town: Town) -> None:
    """Its owner, where to do it, why no program does, what to attach: before anybody approves anything."""
    asked(forbidden(town))
    assert [(step.assignee, step.system) for step in keys(town)] == [(INES, "aws"), (INES, "aws")]
    for step in keys(town):
        assert isinstance(step.action, Task)
        assert step.action.how == f"Do it in AWS. Usher cannot do it here: {WHY}"
        assert step.action.evidence == EVIDENCE
    plan = next(card for card in town.ears.every if "Plan for" in card.text)
    assert "Switch off access key AKIA…001 of alice.martin" in words(plan)
    assert "by hand: Ines Ferreira" in words(plan)


def test_the_keeper_does_it_and_nothing_was_tried_or_stuck(town: Town) -> None:
    """She says how one can see it; the connector was never asked to do what it may not."""
    approved(forbidden(town))
    done(town, INES, "Both keys are inactive, see the picture.")
    done(town, INES, "Both keys are inactive, see the picture.")
    assert {step.state for step in keys(town)} == {StepState.ATTESTED}
    assert not any(isinstance(change, Disable) for change in town.aws.log)
    finish(town)
    assert town.request().state is RequestState.CLOSED
    assert "step.parked" not in {entry.kind for entry in town.view().journal}


def test_a_system_that_knows_how_it_is_done_by_hand_says_so(town: Town) -> None:
    """The page of exactly this key, and the line of the log that proves it."""
    page = "https://console.example/iam/users/alice.martin"
    town.aws.guides = {Disable: Guide(f"Open {page} and press Deactivate.", "The event UpdateAccessKey")}
    asked(forbidden(town))
    for step in keys(town):
        assert isinstance(step.action, Task)
        assert step.action.how == f"Open {page} and press Deactivate. Usher cannot do it here: {WHY}"
        assert step.action.evidence == "The event UpdateAccessKey"


def test_what_was_planned_by_hand_is_not_planned_again(town: Town) -> None:
    """Somebody adds the right before the start: the task stands, and no second line for the same key joins."""
    asked(forbidden(town))
    town.aws.cannot = {}
    before = len(town.view().steps)
    for person in town.request().approvers:
        if town.request().state is RequestState.AWAITING_APPROVAL:
            town.press(person, "approve")
    town.work()
    assert len(town.view().steps) == before
    assert not any(step.joined_late for step in town.view().steps)


def test_what_joins_at_the_start_knows_what_is_not_allowed(town: Town) -> None:
    """A key that appears after the plan is a task too, though nobody asks the system about our rights again."""
    asked(forbidden(town))
    checked = town.aws.checked
    town.aws.credentials.append(
        replace(town.aws.credentials[0], native_id="AKIA3", label="AKIA…003"),
    )
    for person in town.request().approvers:
        if town.request().state is RequestState.AWAITING_APPROVAL:
            town.press(person, "approve")
    town.work()
    assert len(keys(town)) == 3
    assert town.aws.checked == checked


def test_a_system_is_asked_about_our_rights_once_in_some_minutes(town: Town) -> None:
    """A day with many leavers asks it once; what changed since is known minutes later."""
    link(town, MARTEN, Account(CLOUD, "AIDA10", "alice.marten"))
    link(town, CLARA, Account(CLOUD, "AIDA12", "clara"))
    asked(town)
    town.offboard(person=MARTEN, typed="Alice Marten")
    town.work()
    assert town.aws.checked == 1
    town.pass_time(timedelta(minutes=6))
    town.offboard(person=CLARA, typed="Clara Jensen")
    town.work()
    assert town.aws.checked == 2


def test_a_check_that_breaks_hides_no_reading(town: Town) -> None:
    """It never raises; one that does is our mistake, and the plan is made all the same."""

    class Broken(Memory):
        def check(self) -> Check:
            raise RuntimeError("a mistake of ours")

    found = {name: getattr(town.aws, name) for name in ("key", "account", "grants", "credentials", "sessions")}
    town.engine.connectors[town.aws.key] = Broken(**found)  # type: ignore[index]
    asked(town)
    assert town.request().state is RequestState.AWAITING_APPROVAL
    with town.engine.db.look() as tx:
        seen = records.last_reading(tx, town.request().id, town.aws.key)
    assert seen is not None
    assert seen.cannot == {}
