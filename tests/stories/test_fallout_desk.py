"""The fallout desk: what is stuck is shown with its cause and what a person can do; systems that are down are told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.chat.port import Buttons, Card, Filled, Form, Menu, Where
from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.request import Step
from connectors.interface import ConnectorError, Kind
from tests.fakes.memory import down
from tests.fakes.town import ALICE, BEN, INES, PRIYA, SARA, TOMASZ, Town, button, speaker, words
from tests.stories.acts import everything_said, leave, read_again, wait

MINUTE = timedelta(minutes=1)


def begun(town: Town, *faults: ConnectorError) -> None:
    """Approved and read; from now on AWS fails like this."""
    read_again(town)
    town.aws.faults = list(faults)
    town.work()


def outage(town: Town) -> None:
    """AWS is down for an hour."""
    begun(town, *(down() for _ in range(1000)))
    wait(town, 10 * MINUTE, times=6)


def stuck(town: Town, state: StepState = StepState.PARKED) -> Step:
    """The first step that does not get on."""
    return next(step for step in town.view().steps if step.state is state and step.error)


def desk(town: Town) -> Card:
    """The newest card of the desk in the thread."""
    found = [card for _, thread, card in town.ears.posts.values() if thread and button(card, "try_again")]
    found += [card for _, thread, card in town.ears.posts.values() if thread and button(card, "retry_all")]
    return found[-1]


def labels(card: Card) -> list[str]:
    """What one can press."""
    return [one.label for piece in card.pieces if isinstance(piece, Buttons) for one in piece.items]


def test_a_stuck_step_is_a_card_in_the_thread_and_with_its_owner(town: Town) -> None:
    """Plain cause, next try, and every way out, in both places (S1-19, S0-4)."""
    begun(town, ConnectorError("No.", kind=Kind.PERMISSION))
    for card in (desk(town), town.direct(INES)[-1]):
        assert "Usher is not allowed to do this there" in words(card)
        assert "Next try" in words(card)
        assert labels(card) == ["Retry now", "Do it by hand", "Escalate", "Waive"]  # what must end first is never held


def test_what_must_not_wait_for_a_person_may_be_held(town: Town) -> None:
    """A membership that is stuck may be put off until a day, then it goes on by itself (S1-19)."""
    begun(town)
    town.github.faults = [ConnectorError("No.", kind=Kind.PERMANENT) for _ in range(3)]
    town.press(INES, "successor", "40008")
    town.say()
    town.press(BEN, "accept")
    town.work()
    step = stuck(town)
    form = town.press(INES, "put_off")
    assert isinstance(form, Form)
    for days, said in ((-1, "passed"), (45, "at most 30 days")):
        with pytest.raises(Refused, match=said) as refused:
            put_off(town, form, days)
        assert refused.value.field == "day"
    put_off(town, form, 7)
    held = next(one for one in town.view().steps if one.id == step.id)
    assert (held.state, held.held) == (StepState.HELD, "date")
    assert "put this off until" in everything_said(town)
    with pytest.raises(Refused, match="waits for somebody already"):
        put_off(town, form, 8)


def put_off(town: Town, form: Form, days: int) -> None:
    """Ines chooses a day."""
    day = f"{town.now + timedelta(days=days):%Y-%m-%d}"
    town.talk.submit(speaker(INES), "put_off", Filled({"day": day}, context=form.context), f"off-{days}")
    town.work()


def test_what_must_end_first_is_never_put_off(town: Town) -> None:
    """There is no button for it, and an old form is refused (S1-5)."""
    begun(town, ConnectorError("No.", kind=Kind.PERMANENT))
    value = town.desk.sealed("put_off", stuck(town).id)
    with pytest.raises(Refused, match="must end first"):
        town.talk.press(speaker(INES), "put_off", value, "", Where())
    with pytest.raises(Refused, match="must end first"):
        put_off(town, Form("", "put_off", "", (), value), 3)


def test_a_long_outage_is_one_card_a_system(town: Town) -> None:
    """Everything that waits for AWS is one card with buttons, not one for each step (S1-19)."""
    outage(town)
    card = desk(town)
    assert "do not get on" in card.text
    cards = [one for _, thread, one in town.ears.posts.values() if thread and "do not get on" in one.text]
    assert len(cards) == 1
    menu = next(piece for piece in card.pieces if isinstance(piece, Menu))
    chosen = town.talk.press(speaker(INES), "stuck_step", menu.value, menu.options[0].value, Where())
    assert isinstance(chosen, Card)
    assert "Retry now" in labels(chosen)
    town.aws.faults = []
    town.talk.press(speaker(INES), "retry_all", button(card, "retry_all") or "", "", Where())
    town.work()
    assert town.aws.account.active is False
    wait(town, MINUTE, times=2)
    assert any("nothing is stuck in AWS any more" in text for text in town.thread())


def test_the_next_try_is_brought_forward_and_never_made_twice(town: Town) -> None:
    """The try that was planned finds itself overtaken: AWS is asked once (S1-20)."""
    outage(town)
    step = stuck(town, StepState.READY)
    town.aws.faults = []
    before = len(town.aws.log)
    value = town.desk.sealed("try_again", step.id)
    for _ in range(2):
        town.talk.press(speaker(INES), "try_again", value, "", Where())
    wait(town, 20 * MINUTE, times=2)
    assert town.aws.log[before:].count(step.action) == 1  # type: ignore[arg-type]  # it is a change
    state = next(one.state for one in town.view().steps if one.id == step.id)
    assert state is StepState.CONFIRMED
    with pytest.raises(Refused, match="not stuck any more"):
        town.talk.press(speaker(INES), "try_again", value, "", Where())


def test_what_waits_for_its_next_try_may_be_done_by_hand(town: Town) -> None:
    """Nobody has to wait for a program: a named person does it and says so, and it is not tried again (S1-19)."""
    outage(town)
    step = stuck(town, StepState.READY)
    form = town.talk.press(speaker(INES), "done", town.desk.sealed("done", step.id), "", Where())
    assert isinstance(form, Form)
    town.talk.submit(speaker(INES), "evidence", Filled({"evidence": "In the console."}, context=form.context), "e")
    town.aws.faults = []
    town.work()
    wait(town, 20 * MINUTE)
    assert next(one.state for one in town.view().steps if one.id == step.id) is StepState.ATTESTED


def test_only_whoever_may_act_presses_these_buttons(town: Town) -> None:
    """Neither the leaver nor a stranger nor somebody who left: each button refuses them (S4-12)."""
    outage(town)
    step = stuck(town, StepState.READY)
    leave(town, TOMASZ, town.now.date() - timedelta(days=1))
    for person in (ALICE, BEN, PRIYA, TOMASZ):
        for action in ("try_again", "escalate"):
            with pytest.raises(Refused):
                town.talk.press(speaker(person), action, town.desk.sealed(action, step.id), "", Where())
        everything = town.desk.sealed("retry_all", town.request().id, "aws")
        with pytest.raises(Refused):
            town.talk.press(speaker(person), "retry_all", everything, "", Where())


def test_escalate_tells_the_next_at_once_and_nobody_twice(town: Town) -> None:
    """One press tells the next in the chain with everything filled in, until all were told (S2-12, S2-15)."""
    begun(town, ConnectorError("No.", kind=Kind.PERMANENT))
    value = town.desk.sealed("escalate", stuck(town).id)
    told: list[str] = []
    for _ in range(3):
        answer = town.talk.press(speaker(INES), "escalate", value, "", Where())
        assert isinstance(answer, Card)
        told.append(answer.text)
    town.work()
    with pytest.raises(Refused, match="has been told"):
        town.talk.press(speaker(INES), "escalate", value, "", Where())
    assert len(set(told)) == 3
    card = next(card for card in town.direct(SARA) if "This needs you" in card.text)
    for fact in ("Alice Martin", "AWS", "Urgent", "tried", "extension 110", "Told so far", "refused this"):
        assert fact in words(card)
    assert all("This needs you" not in card.text for card in town.direct(ALICE))


def test_engineering_hears_of_an_outage_once_and_when_it_is_back(town: Town) -> None:
    """The contact of policy is told once that AWS is down and once that it answers; all goes on by itself (S2-13)."""
    outage(town)
    heard = [card.text for card in town.direct(TOMASZ) if "does not answer" in card.text]
    assert len(heard) == 1
    town.aws.faults = []
    wait(town, 10 * MINUTE, times=3)
    assert sum("AWS answers again" in card.text for card in town.direct(TOMASZ)) == 1
    assert town.aws.account.active is False


def test_stopped_means_that_nothing_more_is_tried(town: Town) -> None:
    """Retry now does not go past Stop."""
    outage(town)
    step = stuck(town, StepState.READY)
    town.press(SARA, "stop")
    calls = len(town.aws.log)
    town.talk.press(speaker(INES), "try_again", town.desk.sealed("try_again", step.id), "", Where())
    town.work()
    assert len(town.aws.log) == calls
    assert town.request().state is RequestState.RUNNING
