"""Systems that refuse, limit, fail, lie or take their time: nothing is hammered, nothing given up, little said."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.chat.report import render
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Change, Credential, Disable, EndSessions, Revoke
from bot.domain.reading import Session
from bot.engine.tend import tend
from bot.store import breakers
from bot.store.breakers import Breaker
from connectors.interface import ConnectorError, Kind, Result
from tests.fakes.memory import down
from tests.fakes.town import ALICE_CLOUD, CLOUD, HANNA, INES, SARA, Town, words
from tests.faults.trouble import all_confirmed, begun, faults, heard, of_aws, told, wait
from tests.stories.acts import asked, everything_said, finish

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
REJECTED = "AWS does not accept our credentials."


def breaker(town: Town) -> Breaker:
    """How AWS fares."""
    with town.engine.db.look() as tx:
        return breakers.of(tx, CLOUD)


def test_fault_20_credentials_that_are_refused_stop_the_system_at_once_and_are_told_once(town: Town) -> None:
    """One refused call, then a probe every five minutes; its keeper and security hear it once, others go on."""
    begun(town)
    town.aws.faults = faults(Kind.CREDENTIAL, 3, REJECTED)
    town.work()
    assert len(town.aws.log) == 1
    assert [grant.entitlement.label for grant in town.github.grants] == ["lumen-works"]
    wait(town, MINUTE, times=4)
    assert len(town.aws.log) == 1
    wait(town, 2 * MINUTE)
    assert len(town.aws.log) == 2
    lines = told(town, REJECTED)
    assert len(lines) == 1
    assert "Nothing was changed. I try again at 11:06; Ines Ferreira was told." in lines[0]
    assert [heard(town, person, "locked out of AWS") for person in (INES, SARA, HANNA)] == [1, 1, 0]
    wait(town, 6 * MINUTE, times=2)
    assert all_confirmed(town)
    assert breaker(town).quiet
    assert len(told(town, "AWS answers again, after")) == 1
    assert heard(town, INES, "lets Usher in again") == 1


def test_fault_20_a_plan_is_made_at_once_without_a_system_that_is_closed(town: Town) -> None:
    """The breaker is open: a new plan says that AWS could not be read, nobody waits, and the start reads it again."""
    town.aws.faults = faults(Kind.CREDENTIAL, 1, REJECTED)
    asked(town)
    assert town.request().state is RequestState.AWAITING_APPROVAL
    reads: list[int] = []
    town.aws.before_read = lambda: reads.append(1)
    town.press(HANNA, "cancel")
    asked(town, note="again")
    assert reads == []
    assert town.request().state is RequestState.AWAITING_APPROVAL
    assert f"AWS, everything: {REJECTED}" in everything_said(town)
    wait(town, 6 * MINUTE)
    town.press(HANNA, "cancel")
    asked(town, note="and again")  # the probe is due, and this reading makes it
    assert reads == [1]
    assert breaker(town).quiet


def test_fault_22_what_is_gone_already_is_looked_for_before_it_counts(town: Town) -> None:
    """The system does not know what we remove: a fresh look proves it gone, or shows it, and then it is tried again."""
    begun(town)
    key = town.aws.credentials[0]

    def gone(change: Change) -> None:
        if isinstance(change, Disable) and change.credential.native_id == key.native_id:
            town.aws.credentials = [one for one in town.aws.credentials if one.native_id != key.native_id]
            raise ConnectorError("AWS does not know what we asked for.", kind=Kind.GONE)
        if isinstance(change, Revoke) and town.aws.log.count(change) == 1:
            raise ConnectorError("AWS does not know what we asked for.", kind=Kind.GONE)  # it lies: it is still there

    town.aws.before_apply = gone
    town.work()
    states = {step.action.kind: step.state for step in of_aws(town) if isinstance(step.action, Disable | Revoke)}
    assert states == {"disable": StepState.CONFIRMED, "revoke": StepState.READY}
    wait(town, MINUTE)
    assert all_confirmed(town)
    assert town.aws.grants == []


def test_fault_23_a_conflict_is_tried_again_until_it_is_over(town: Town) -> None:
    """Four conflicts after each other: the fifth try makes the change, a minute's patience at most between two."""
    begun(town)
    town.aws.faults = faults(Kind.TRANSIENT, 4, "AWS was busy with the same thing.")
    wait(town, MINUTE, times=5)
    assert all_confirmed(town)
    assert len(told(town, "busy with the same thing")) == 1


def test_fault_24_a_system_that_asks_for_a_pause_gets_it_from_everybody(town: Town) -> None:
    """Two minutes asked are two minutes without any call of anybody's step; nobody sleeps, and the line says when."""
    begun(town)
    town.aws.faults = faults(Kind.THROTTLED, 1, "AWS asks us to slow down.", 2 * MINUTE)
    town.work()
    assert len(town.aws.log) == 1
    wait(town, timedelta(seconds=50), times=2)
    assert len(town.aws.log) == 1
    assert "I wait as long as it asks, and go on at 11:03" in told(town, "slow down")[0]
    wait(town, timedelta(seconds=40))
    assert all_confirmed(town)
    wait(town, 6 * MINUTE)
    assert breaker(town).quiet


@pytest.mark.parametrize(("span", "times", "age"), [(2 * MINUTE, 45, "minutes"), (6 * HOUR, 28, "days")])
def test_fault_25_a_revocation_is_tried_for_as_long_as_it_takes(
    town: Town, span: timedelta, times: int, age: str
) -> None:
    """An hour, a week of 500: still tried, shown with its age, never failed, told once; then it is done."""
    begun(town)
    town.aws.faults = faults(Kind.TRANSIENT, 10_000, "AWS has a fault of its own (500).")
    town.work()
    wait(town, span, times)
    before = len(town.aws.log)
    assert {step.state for step in of_aws(town)} <= {StepState.READY, StepState.WAITING}
    assert town.request().state is RequestState.RUNNING
    head = next(card for _, thread, card in town.ears.posts.values() if not thread)
    assert re.search(rf"Open for \d+ {age}\.", words(head))
    assert len(told(town, "fault of its own")) == 1
    wait(town, HOUR, 2)
    assert len(town.aws.log) > before
    town.aws.faults = []
    wait(town, HOUR, 2)
    assert all_confirmed(town)
    assert len(told(town, "AWS answers again, after")) == 1


def test_fault_26_a_change_whose_answer_got_lost_is_made_once_and_seen(town: Town) -> None:
    """The change was made, the answer never came: the next try finds it so already, and a fresh look confirms it."""
    begun(town)

    def lost(_change: Change) -> None:
        town.aws.after_apply = None
        raise down("AWS did not answer in time.")

    town.aws.after_apply = lost
    wait(town, MINUTE, times=3)
    assert all_confirmed(town)
    assert max(town.aws.log.count(change) for change in town.aws.log) == 2


@pytest.mark.parametrize("broken", range(4))
def test_fault_27_only_what_failed_is_done_again(town: Town, broken: int) -> None:
    """One change of several fails, whichever: the others are made once, and only that one is made again."""
    begun(town)

    def fail_once(_change: Change) -> None:
        if len(town.aws.log) == broken + 1:
            raise down()

    town.aws.before_apply = fail_once
    wait(town, MINUTE, times=3)
    assert all_confirmed(town)
    failed = town.aws.log[broken]
    assert {town.aws.log.count(change) for change in town.aws.log if change != failed} <= {1}
    assert town.aws.log.count(failed) == 2


def test_fault_29_what_a_system_works_at_by_itself_is_asked_about_until_it_is_through(town: Town) -> None:
    """Pending is polled, a failure in the end is made again, an hour is enough; nothing of it is shown as done."""
    begun(town)
    town.aws.can = frozenset({EndSessions})
    town.aws.pending = [Result.PENDING, down(), Result.PENDING, Result.FAILED]
    wait(town, MINUTE, times=1)
    pending = next(step for step in of_aws(town) if isinstance(step.action, EndSessions))
    assert pending.state is not StepState.CONFIRMED
    wait(town, MINUTE, times=9)
    done = next(step for step in of_aws(town) if isinstance(step.action, EndSessions))
    assert done.state is StepState.CONFIRMED
    assert len(set(town.aws.polled)) == 1
    assert len([change for change in town.aws.log if isinstance(change, EndSessions)]) == 2


def test_fault_29_a_system_that_never_gets_through_is_asked_anew_after_an_hour(town: Town) -> None:
    """A change that stays pending is made again, because waiting for it has an end and the removal has none."""
    begun(town)
    town.aws.can = frozenset({EndSessions})
    town.aws.pending = [Result.PENDING] * 1000
    wait(town, MINUTE, times=90)
    assert len(set(town.aws.polled)) == 2
    town.aws.pending = []
    wait(town, MINUTE, times=20)
    assert town.aws.sessions == []


def test_fault_30_what_comes_back_is_seen_by_a_second_look_and_removed(town: Town) -> None:
    """Keys come back seconds after they were switched off: nothing is believed before AWS has settled."""
    town.aws.settle, town.aws.twice = timedelta(seconds=10), True
    begun(town)
    town.work()
    assert not any(step.state is StepState.CONFIRMED for step in of_aws(town))
    assert town.aws.credentials[0].active is False
    first = town.aws.credentials[0]
    town.aws.credentials = [
        replace(first, active=True),
        *town.aws.credentials[1:],
        Credential(ALICE_CLOUD, "AKIA9", "access key", "AKIA…009"),
    ]
    wait(town, timedelta(seconds=11))
    assert "a second look at" in told(town, "somebody changed it back")[0]
    assert len(told(town, "appeared since the plan was made")) == 1
    wait(town, timedelta(seconds=11), times=4)
    assert [key.active for key in town.aws.credentials] == [False, False, False]
    assert all_confirmed(town)


def test_fault_31_a_session_that_outlives_its_access_is_named_with_its_end(town: Town) -> None:
    """Nobody can end it, so it is a person's task, and the report prints when the last session is over by itself."""
    town.aws.can = town.aws.can - {EndSessions}
    town.aws.sessions = [Session("s1", "role session", until=town.now + 12 * HOUR)]
    begun(town)
    town.work()
    page = render(town.view(), made_for="Hanna", now=town.now)
    assert "the last session in AWS is over by Mon 23 Nov 2026, 22:00" in page
    town.pass_time(13 * HOUR)
    assert "sessions in AWS ended by themselves" in render(town.view(), made_for="Hanna", now=town.now)


def test_a_missing_permission_is_looked_for_again_and_told_once(town: Town) -> None:
    """Parked by name; while check() says no nothing is called, and when it says yes the step goes on by itself."""
    begun(town)
    town.aws.missing = ("iam:PutUserPolicy",)
    town.aws.faults = faults(Kind.PERMISSION, 1, "It needs iam:PutUserPolicy.")
    town.work()
    parked = next(step for step in of_aws(town) if step.state is StepState.PARKED)
    calls = len(town.aws.log)
    wait(town, 6 * MINUTE, times=3)
    assert len(town.aws.log) == calls
    town.aws.missing = ()
    town.aws.faults = faults(Kind.PERMISSION, 1, "It needs iam:PutUserPolicy.")  # the check does not know everything
    wait(town, HOUR)
    assert len(town.aws.log) == calls + 1
    assert len(told(town, "It needs iam:PutUserPolicy.")) == 1
    wait(town, HOUR, times=2)
    assert next(step for step in of_aws(town) if step.id == parked.id).state is StepState.CONFIRMED
    finish(town)
    assert town.request().state is RequestState.CLOSED


def test_a_system_that_lies_for_a_day_is_not_quoted_each_time(town: Town) -> None:
    """It says yes and does nothing, again and again: tried by the law, one line a day, never confirmed."""
    begun(town)
    town.aws.lies = 100_000
    wait(town, timedelta(minutes=30), times=44)
    assert len(town.aws.log) > 40
    lines = told(town, "still shows it")
    assert 0 < len(lines) <= len(of_aws(town))
    assert not any(step.state is StepState.CONFIRMED for step in of_aws(town))


def test_a_call_that_never_ends_is_shown_to_people(town: Town) -> None:
    """At work for more than ten minutes: one line, one word to its keeper, again only after an hour."""
    begun(town)
    shown: list[int] = []

    def hang(_change: Change) -> None:
        town.aws.before_apply = None
        town.pass_time(11 * MINUTE)
        shown.extend(tend(town.engine, town.now) for _ in range(2))

    town.aws.before_apply = hang
    town.work()
    assert shown == [1, 0]
    assert len(told(town, "at work for more than ten minutes")) == 1
    assert heard(town, INES, "has not answered a step of OFF-101") == 1
