"""The people in charge steer: stop, go on, cancel, another time, taking a yes back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.chat.port import Filled, Form, Where
from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState, StepState
from bot.engine import control
from bot.engine.start import start_due
from tests.fakes.memory import down
from tests.fakes.town import ALICE, BEN, CLARA, HANNA, INES, MARCO, OMAR, PRIYA, SARA, Town, button, speaker
from tests.stories.acts import approved, asked, everything_said, finish, leave, read_again, sealed, wait

pytestmark = pytest.mark.on_both_chats

FRIDAY = {"when": "later", "day": "2026-11-27", "time": "17:00"}


def move(town: Town, day: str, at: str = "17:00") -> None:
    """Hanna chooses another time."""
    form = town.press(HANNA, "reschedule")
    assert isinstance(form, Form)
    filled = Filled({"day": day, "time": at}, context=form.context)
    town.talk.submit(speaker(HANNA), "reschedule", filled, f"move-{day}")
    town.work()


def test_stop_starts_nothing_new_and_go_on_finishes(town: Town) -> None:
    """After Stop no system is touched, whatever time passes and whoever answers; Go on ends it well (S4-27)."""
    asked(town)
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    town.say()
    town.press(HANNA, "stop")
    before = (len(town.github.log), len(town.aws.log))
    wait(town, timedelta(hours=1), times=3)
    assert (len(town.github.log), len(town.aws.log)) == before == (0, 0)
    assert "pressed Stop" in everything_said(town)
    with pytest.raises(Refused, match="stopped already"):
        control.stop(town.engine, town.request().id, SARA, town.now)
    town.press(HANNA, "go_on")
    town.work()
    assert town.aws.account.active is False
    with pytest.raises(Refused, match="is not stopped"):
        control.go_on(town.engine, town.request().id, SARA, town.now)
    finish(town)
    assert town.request().state is RequestState.CLOSED


def test_a_successor_named_while_stopped_hears_when_it_begins(town: Town) -> None:
    """Nobody is told that something happens now while Stop is in force (S4-27)."""
    approved(town)
    town.press(HANNA, "stop")
    town.press(INES, "successor", "40008")
    town.say()
    answer = town.press(BEN, "accept")
    assert "It begins when OFF-101 goes on." in repr(answer)


def test_what_waits_for_its_next_try_waits_while_stopped(town: Town) -> None:
    """A step between two tries does not run while stopped, and runs at once when it goes on (S1-20)."""
    read_again(town)
    town.aws.faults = [down() for _ in range(4)]
    town.work()
    town.press(HANNA, "stop")
    calls = len(town.aws.log)
    wait(town, timedelta(minutes=10))
    assert len(town.aws.log) == calls
    town.press(HANNA, "go_on")
    town.work()
    assert town.aws.account.active is False


def test_a_successor_named_while_stopped_waits_too(town: Town) -> None:
    """Answers are taken at any time; what they free waits for Go on."""
    approved(town)
    town.press(HANNA, "stop")
    town.press(INES, "successor", "40008")
    town.say()
    town.press(BEN, "accept")
    town.work()
    assert town.github.assets[0].admins == ("40004",)
    town.press(HANNA, "go_on")
    town.work()
    assert "40008" in town.github.assets[0].admins


def test_cancelled_before_the_start_changes_nothing(town: Town) -> None:
    """Cancel ends it, late presses are told so, and the person can be asked about again (S4-27)."""
    asked(town)
    value = sealed(town, MARCO, "approve")
    town.press(HANNA, "cancel")
    town.work()
    assert town.request().state is RequestState.WITHDRAWN
    with pytest.raises(Refused, match="was cancelled"):
        town.talk.press(speaker(MARCO), "approve", value, "", Where())
    assert button(town.direct(MARCO)[-1], "approve") is None
    assert town.github.log == town.aws.log == []
    assert "OFF-102" in str(town.offboard(note="again"))


def test_cancelled_while_it_is_read_stays_cancelled(town: Town) -> None:
    """A reading that comes back late finds nothing to plan, and nobody is asked to help with it."""
    town.offboard()
    town.aws.before_read = lambda: control.cancel(town.engine, "OFF-101", HANNA, town.now)
    town.work()
    assert town.request().state is RequestState.WITHDRAWN
    assert "stuck" not in everything_said(town).lower()
    assert {step.state for step in town.view().reads} <= {StepState.CONFIRMED, StepState.READY}


def test_what_has_started_cannot_be_cancelled_or_moved(town: Town) -> None:
    """From the first step on there is Stop, and it says so (S4-27)."""
    approved(town)
    request = town.request().id
    with pytest.raises(Refused, match="has started and cannot be cancelled"):
        control.cancel(town.engine, request, HANNA, town.now)
    with pytest.raises(Refused, match="cannot be moved"):
        control.reschedule(town.engine, request, HANNA, town.now + timedelta(days=1), town.now)
    finish(town)
    with pytest.raises(Refused, match="is not running"):
        control.stop(town.engine, request, HANNA, town.now)


def test_another_time_asks_again_and_old_buttons_are_refused(town: Town) -> None:
    """A yes is to one plan at one time: moved means asked again, and the old question is over (S4-12)."""
    approved(town, **FRIDAY)
    assert town.request().state is RequestState.SCHEDULED
    old = town.request().digest
    stale = town.desk.sealed("approve", town.request().id, old)
    move(town, "2026-11-30")
    moved = town.request()
    assert moved.state is RequestState.AWAITING_APPROVAL
    assert moved.digest != old
    assert moved.starts_at == datetime(2026, 11, 30, 16, 0, tzinfo=UTC)
    with pytest.raises(Refused, match="plan changed"):
        town.talk.press(speaker(MARCO), "approve", stale, "", Where())
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    town.work()
    assert town.request().state is RequestState.SCHEDULED


def test_moved_away_and_back_is_asked_like_any_other_time(town: Town) -> None:
    """The yes of the first time is not good for the same time chosen again: nobody is stuck with an old answer."""
    approved(town, **FRIDAY)
    move(town, "2026-11-30")
    move(town, "2026-11-27")
    assert town.request().state is RequestState.AWAITING_APPROVAL
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    town.work()
    assert town.request().state is RequestState.SCHEDULED


@pytest.mark.parametrize(
    ("day", "at", "said"),
    [
        ("2026-11-20", "17:00", "passed"),
        ("soon", "17:00", "Choose the day"),
        ("2026-11-27", "noon", "Choose the time"),
        ("2027-03-28", "02:30", "does not exist"),
    ],
)
def test_a_time_that_makes_no_sense_is_said_at_its_field(town: Town, day: str, at: str, said: str) -> None:
    """Past, misspelt, or skipped by the clocks: nothing is moved (S0-5)."""
    asked(town, **FRIDAY)
    with pytest.raises(Refused, match=said) as refused:
        move(town, day, at)
    assert refused.value.field in {"day", "time"}
    assert town.request().starts_at == datetime(2026, 11, 27, 16, 0, tzinfo=UTC)


def test_only_people_in_charge_steer(town: Town) -> None:
    """Whoever asked, HR, security and admins; not the subject, strangers, auditors, or people who left (S4-12)."""
    asked(town)
    request = town.request().id
    leave(town, CLARA, town.now.date() - timedelta(days=1))
    for person in (ALICE, BEN, PRIYA, OMAR, CLARA, MARCO):
        for act in (control.stop, control.go_on, control.cancel):
            with pytest.raises(Refused):
                act(town.engine, request, person, town.now)
    control.cancel(town.engine, request, SARA, town.now)


def test_a_yes_taken_back_is_not_counted_and_can_be_given_again(town: Town) -> None:
    """One press by mistake, one press to repair it; once the work has started there is Stop (S4-27)."""
    asked(town)
    town.press(MARCO, "approve")
    town.say()
    town.press(MARCO, "take_back")
    town.press(INES, "approve")
    town.work()
    assert town.request().state is RequestState.AWAITING_APPROVAL
    with pytest.raises(Refused, match="no approval of yours"):
        town.talk.press(speaker(MARCO), "take_back", town.desk.sealed("take_back", town.request().id), "", Where())
    town.press(MARCO, "approve")
    town.work()
    assert town.request().state is RequestState.RUNNING
    value = town.desk.sealed("take_back", town.request().id)
    with pytest.raises(Refused, match="too late"):
        town.talk.press(speaker(MARCO), "take_back", value, "", Where())


def test_the_chosen_time_starts_it(town: Town) -> None:
    """Approved on Monday for Friday: nothing before, everything after, started once (S1-7, S1-8)."""
    approved(town, **FRIDAY)
    start_due(town.engine, town.now + timedelta(days=4, hours=6))
    assert town.request().state is RequestState.SCHEDULED
    town.now = datetime(2026, 11, 27, 16, 0, tzinfo=UTC)
    assert start_due(town.engine, town.now) == 1
    assert start_due(town.engine, town.now) == 0
    town.work()
    assert town.aws.account.active is False
    assert sum(entry.kind == "request.started" for entry in town.view().journal) == 1


def test_against_their_will_contains_at_once_and_leaves_the_rest_for_the_date(town: Town) -> None:
    """Keys, sessions and the account end on approval; memberships and tasks on the day (S0-20, S1-3)."""
    approved(town, **FRIDAY, exit="involuntary")
    assert town.aws.account.active is False
    assert not any(key.active for key in town.aws.credentials)
    assert len(town.aws.grants) == 1
    assert len(town.github.grants) == 2
    assert town.request().contained_at is not None
    said = len(town.ears.posts)
    for _ in range(3):
        town.pass_time(timedelta(seconds=1))
        start_due(town.engine, town.now)
    town.work()
    assert len(town.ears.posts) == said
    town.now = datetime(2026, 11, 27, 16, 0, tzinfo=UTC)
    start_due(town.engine, town.now)
    town.work()
    assert town.aws.grants == []
    finish(town)
    assert town.request().state is RequestState.CLOSED


def test_what_appeared_until_the_date_is_found_on_the_date(town: Town) -> None:
    """A key made after the containment does not outlive the last day (S1-2, S1-21)."""
    approved(town, **FRIDAY, exit="involuntary")
    fresh = type(town.aws.credentials[0])(town.aws.account, "AKIA9", "access key", "AKIA…009")
    town.aws.credentials.append(fresh)
    town.now = datetime(2026, 11, 27, 16, 0, tzinfo=UTC)
    for _ in range(3):
        start_due(town.engine, town.now)
        wait(town, timedelta(seconds=1))
    assert not any(key.active for key in town.aws.credentials)
    reads = [step for step in town.view().reads if step.system == "aws"]
    assert len(reads) == 3


def test_waiting_for_people_costs_no_message_a_second(town: Town) -> None:
    """A request that only waits for a laptop says nothing while the clock ticks (S1-25)."""
    approved(town, **FRIDAY, exit="involuntary")
    town.now = datetime(2026, 11, 27, 16, 0, tzinfo=UTC)
    start_due(town.engine, town.now)
    town.work()
    with town.engine.db.begin() as tx:
        before = tx.exec_driver_sql("SELECT count(*) FROM notices").scalar_one()
    for _ in range(5):
        town.pass_time()
        start_due(town.engine, town.now)
    with town.engine.db.begin() as tx:
        assert tx.exec_driver_sql("SELECT count(*) FROM notices").scalar_one() == before
