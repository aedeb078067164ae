"""Systems that are down, slow, wrong or forbidden: what is told, who is asked, and that everything else goes on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot.chat.port import Where
from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Change
from bot.engine.look import FRESH
from connectors.interface import ConnectorError, Kind
from tests.fakes.memory import down
from tests.fakes.town import ALICE, BEN, CLOUD, CODE, INES, MARCO, SARA, TOMASZ, Town, speaker, words
from tests.stories.acts import approved, asked, done, everything_said, finish, read_again, sealed, steps, wait

FORBIDDEN = "The permission iam:UpdateUser is missing."
pytestmark = [pytest.mark.on_both_chats, pytest.mark.parametrize("database_kind", ["sqlite"])]


def ready(town: Town) -> None:
    """Approved, and both systems read at the start; nothing is changed yet."""
    read_again(town)
    assert town.aws.log == []


def forbid(town: Town, times: int = 1) -> None:
    """AWS refuses the next changes for want of a permission."""
    town.aws.faults = [ConnectorError(FORBIDDEN, kind=Kind.PERMISSION) for _ in range(times)]


def test_a_missing_permission_asks_whoever_looks_after_the_system(town: Town) -> None:
    """The step is parked, its keeper hears what is missing, Try again moves it; nothing else waited (S1-19, S2-12)."""
    ready(town)
    forbid(town)
    town.work()
    stuck = [step for step in town.view().steps if step.state is StepState.PARKED]
    assert [step.assignee for step in stuck] == [INES]
    assert stuck[0].error == FORBIDDEN
    card = town.direct(INES)[-1]
    assert FORBIDDEN in words(card)
    assert "Ines Ferreira was asked" in everything_said(town)
    assert len(town.github.grants) == 1
    assert town.aws.grants == []
    town.press(INES, "try_again")
    town.work()
    assert town.aws.account.active is False
    with pytest.raises(Refused, match="not stuck any more"):
        town.talk.press(speaker(INES), "try_again", sealed_step(town, "try_again", stuck[0].id), "", Where())
    assert "no linked chat account" not in everything_said(town)
    finish(town)
    assert town.request().state is RequestState.CLOSED


def sealed_step(town: Town, action: str, step: str) -> str:
    """The value a button of a step carries."""
    return town.desk.sealed(action, step)


def test_what_is_stuck_can_be_done_by_hand(town: Town) -> None:
    """A named person did it and says how one can see it; strangers cannot say so (S3-8, S1-10)."""
    ready(town)
    forbid(town)
    town.work()
    stuck = next(step for step in town.view().steps if step.state is StepState.PARKED)
    with pytest.raises(Refused, match="not yours"):
        town.talk.press(speaker(BEN), "try_again", sealed_step(town, "try_again", stuck.id), "", Where())
    with pytest.raises(Refused, match="concerns you"):
        town.talk.press(speaker(ALICE), "try_again", sealed_step(town, "try_again", stuck.id), "", Where())
    done(town, INES, "Switched off in the console.")
    after = next(step for step in town.view().steps if step.id == stuck.id)
    assert (after.state, after.ended_by) == (StepState.ATTESTED, INES)
    assert "Switched off in the console." in everything_said(town)
    assert "Please: Lock" not in everything_said(town)


def test_a_reading_that_is_forbidden_at_the_start_is_told_and_tried_again(town: Town) -> None:
    """A system that cannot be read when the work starts is nobody's clean bill: its keeper is asked (S1-2, S2-12)."""
    asked(town)
    town.pass_time(FRESH + timedelta(minutes=1))
    forbid(town)
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    town.work()
    assert "A person must help" in everything_said(town)
    assert town.aws.log == []
    assert len(town.github.grants) == 1
    card = town.direct(INES)[-1]
    assert "I did it by hand" not in words(card)
    town.press(INES, "try_again")
    town.work()
    assert town.aws.account.active is False


def test_a_wrong_password_of_ours_is_probed_gently_and_never_ends(town: Town) -> None:
    """Rejected credentials are tried every five minutes, not hammered; the other system is long done (S1-20)."""
    ready(town)
    town.aws.faults = [ConnectorError("The key was rejected.", kind=Kind.CREDENTIAL) for _ in range(3)]
    town.work()
    tried = len(town.aws.log)
    wait(town, timedelta(minutes=1))
    assert len(town.aws.log) == tried
    wait(town, timedelta(minutes=6), times=4)
    assert len(town.aws.log) > tried
    assert town.aws.account.active is False
    lines = [line for line in town.thread() if "The key was rejected" in line]
    assert len(set(lines)) == len(lines) <= 5


def test_asked_to_slow_down_we_do(town: Town) -> None:
    """A system that asks for two minutes gets two minutes, from a row and not from a sleeping thread (S1-20)."""
    ready(town)
    pause = timedelta(minutes=2)
    town.aws.faults = [ConnectorError("Too many calls.", kind=Kind.THROTTLED, after=pause)]
    town.work()
    tried = len(town.aws.log)
    wait(town, timedelta(seconds=90))
    assert len(town.aws.log) == tried
    wait(town, timedelta(seconds=40))
    assert len(town.aws.log) > tried
    assert town.aws.account.active is False


def test_a_vendor_that_is_down_for_days_keeps_nobody_elses_keys_alive(town: Town) -> None:
    """GitHub is finished while AWS is away; AWS is retried without end, ever slower, and then done (S0-21, S3-4)."""
    ready(town)
    town.aws.faults = [down() for _ in range(200)]
    wait(town, timedelta(minutes=1), times=3)
    assert [grant.entitlement.label for grant in town.github.grants] == ["lumen-works"]
    wait(town, timedelta(hours=12), times=4)
    assert town.request().state is RequestState.RUNNING
    assert {step.state for step in steps(town, "suspend", "aws")} == {StepState.READY}
    quiet = len(town.aws.log)
    wait(town, timedelta(minutes=30))
    assert len(town.aws.log) == quiet
    town.aws.faults = []
    wait(town, timedelta(hours=2), times=2)
    assert town.aws.account.active is False


def test_a_mistake_of_ours_parks_one_step_and_holds_no_other(town: Town) -> None:
    """Something nobody expected is not repeated blindly: one step waits for a person, the rest goes on (S1-19)."""
    ready(town)
    town.aws.before_apply = explode_once(town)
    with capture_logs() as logged:
        town.work()
    assert [entry["event"] for entry in logged] == ["step failed unexpectedly"]
    stuck = [step for step in town.view().steps if step.state is StepState.PARKED]
    assert [step.error_kind for step in stuck] == ["bug"]
    assert town.aws.grants == []
    town.press(INES, "try_again")
    town.work()
    assert [step for step in town.view().steps if step.state is StepState.PARKED and step.error_kind == "bug"] == []


def explode_once(town: Town) -> Callable[[Change], None]:
    """A programming error in a connector, once."""

    def explode(_change: Change) -> None:
        town.aws.before_apply = None
        raise KeyError("no such thing")

    return explode


@pytest.mark.parametrize("fault", [KeyError("a bug"), ConnectorError("No.", kind=Kind.PERMISSION)])
def test_one_system_that_cannot_be_read_keeps_no_plan_waiting(town: Town, fault: Exception) -> None:
    """The plan comes without it and says so; when the work starts it is read again and joins (S1-2, S1-19)."""
    town.aws.faults = [fault]
    with capture_logs():
        asked(town)
    assert town.request().state is RequestState.AWAITING_APPROVAL
    assert "AWS, everything" in everything_said(town)
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    town.work()
    assert town.aws.account.active is False
    finish(town)
    assert town.request().state is RequestState.CLOSED


def test_a_system_whose_connector_is_not_running_is_never_forgotten(town: Town) -> None:
    """A system in the policy that Usher cannot reach today is shown as unread and stays open (S1-2, S1-12)."""
    cloud = town.engine.connectors[CLOUD]
    town.engine.connectors = {CODE: town.github}
    asked(town)
    assert "AWS, everything: The connector of this system is not running" in everything_said(town)
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    town.work()
    finish(town)
    assert town.request().state is RequestState.RUNNING
    town.engine.connectors = {CODE: town.github, CLOUD: cloud}
    town.press(INES, "try_again")
    town.work()
    assert town.aws.account.active is False
    assert town.request().state is RequestState.CLOSED


def test_a_part_that_nobody_may_see_is_looked_at_by_a_person(town: Town) -> None:
    """Keys that AWS does not show are a task with evidence, in the plan and in the report (S1-2)."""
    town.aws.blind = "Listing keys is not permitted."
    approved(town)
    titles = [step.action.title for step in steps(town, "task", "aws")]  # type: ignore[union-attr]
    assert titles == ["Check keys and tokens in AWS by eye"]
    assert "Listing keys is not permitted." in everything_said(town)


def test_a_change_that_shows_late_is_looked_at_again_and_not_repeated(town: Town) -> None:
    """Within its settle time a system is believed to be slow, not to have lied: one call, two looks (S3-10)."""
    town.aws.settle = timedelta(minutes=1)
    ready(town)
    town.aws.lies = 1
    town.work()
    first = town.aws.log[0]
    assert town.view().done < len(town.view().steps)
    assert not any("still shows it" in line for line in town.thread())
    town.aws._do(first)  # noqa: SLF001 (what was accepted becomes visible)
    wait(town, timedelta(seconds=30), times=2)
    assert town.aws.log.count(first) == 1
    assert town.aws.account.active is False


def test_a_step_nobody_approved_does_not_run(town: Town) -> None:
    """The guard before the first write: without the approvals a dispatched step does nothing (S4-12)."""
    approved(town, when="later", day="2026-11-27", time="17:00")
    from bot.engine.run import run_step  # noqa: PLC0415

    for step in town.view().steps:
        run_step(town.engine, step.id, step.attempt, town.tick)
        run_step(town.engine, step.id, step.attempt + 1, town.tick)
    run_step(town.engine, "OFF-999.1", 0, town.tick)
    assert town.aws.log == town.github.log == []


def test_people_answer_only_what_is_still_open(town: Town) -> None:
    """Done twice, a successor twice, evidence without words: each is answered, none changes anything (S0-5)."""
    approved(town)
    value = sealed(town, TOMASZ, "done")
    done(town, TOMASZ)
    with pytest.raises(Refused, match="done already"):
        town.talk.press(speaker(TOMASZ), "done", value, "", Where())
    with pytest.raises(Refused, match="Say in a sentence"):
        done(town, SARA, "   ")
    with pytest.raises(Refused, match="from the list"):
        town.press(INES, "successor", "666")
    menu = sealed(town, INES, "successor")
    town.press(INES, "successor", "40008")
    town.say()
    town.press(BEN, "accept")
    with pytest.raises(Refused, match="named already"):
        town.talk.press(speaker(INES), "successor", menu, "40008", Where())
