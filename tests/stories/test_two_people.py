"""What takes two people: one proposes, another agrees; a step left open keeps its reason, its names and its end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.chat.port import Card, Filled, Form, Where
from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Power
from bot.domain.request import Step
from bot.engine import waiting
from bot.engine.revisit import revisit
from bot.engine.tasks import attest
from bot.engine.waiting import Waits
from bot.store import people, tables
from connectors.interface import ConnectorError, Kind
from tests.fakes.town import ALICE, BEN, CLARA, HANNA, INES, MARCO, OMAR, SARA, TOMASZ, Town, button, speaker, words
from tests.stories.acts import everything_said, finish, leave, read_again, sealed

pytestmark = pytest.mark.on_both_chats

WHY = "The vendor ends this account on Friday."


def stuck(town: Town) -> Step:
    """AWS refuses to let us lock Alice's account: one step that only people can move."""
    read_again(town)
    town.aws.faults = [ConnectorError("AWS says no.", kind=Kind.PERMANENT)]
    town.work()
    return next(step for step in town.view().steps if step.state is StepState.PARKED)


def proposed(town: Town, days: int = 30, reason: str = WHY) -> Step:
    """Ines, who looks after AWS, proposes to leave it open."""
    step = stuck(town)
    form = town.press(INES, "waive")
    assert isinstance(form, Form)
    send(town, form, days, reason)
    return step


def send(town: Town, form: Form, days: int, reason: str = WHY) -> None:
    """The form, filled in by Ines."""
    day = f"{town.now + timedelta(days=days):%Y-%m-%d}"
    town.talk.submit(speaker(INES), "waive", Filled({"reason": reason, "day": day}, context=form.context), f"w-{days}")
    town.work()


def shown(town: Town) -> str:
    """What Hanna sees when she asks how it stands."""
    card = town.talk.command(speaker(HANNA), "/offboard", town.request().id, Where())
    assert isinstance(card, Card)
    return words(card)


def state_of(town: Town, step: Step) -> StepState:
    """Where the step stands now."""
    return next(one.state for one in town.view().steps if one.id == step.id)


def test_a_question_that_came_too_late_waits_for_nobody(town: Town) -> None:
    """Ines did the step by hand before anybody agreed: no morning tells Sara of the question any more."""
    step = proposed(town)
    assert Waits.PROPOSAL in {one.what for one in waiting.of(town.engine, SARA, town.now)}
    attest(town.engine, step.id, INES, "Locked by hand.", (), town.now)
    assert Waits.PROPOSAL not in {one.what for one in waiting.of(town.engine, SARA, town.now)}


def test_two_people_leave_a_step_open_and_everybody_sees_it(town: Town) -> None:
    """One proposes with a reason and an end, one in security agrees; thread and list say so for ever (S1-19, S4-12)."""
    step = proposed(town)
    assert state_of(town, step) is StepState.PARKED
    card = town.direct(SARA)[-1]
    assert WHY in words(card)
    town.press(SARA, "second_yes")
    town.work()
    assert state_of(town, step) is StepState.WAIVED
    assert "left open until" in town.thread()[-1]
    assert WHY in "\n".join(town.thread())
    assert "Ines Ferreira" in town.thread()[-1]
    assert "left open by decision" in shown(town)
    finish(town)
    assert town.request().state is RequestState.CLOSED
    assert "left open by decision" in shown(town)


def test_who_proposes_never_agrees_and_the_leaver_never_hears(town: Town) -> None:
    """Neither the proposer, nor somebody without a role, nor the person it is about may answer (S4-12)."""
    step = proposed(town)
    value = sealed(town, SARA, "second_yes")
    for person in (INES, ALICE, BEN, MARCO, OMAR, CLARA, TOMASZ):
        with pytest.raises(Refused):
            town.talk.press(speaker(person), "second_yes", value, "", Where())
    assert state_of(town, step) is StepState.PARKED
    assert all(card.text == "" for card in town.direct(ALICE))


def test_one_no_ends_it_and_the_step_stays(town: Town) -> None:
    """After a no nobody can agree any more; the step is as stuck as before, and may be proposed again (S4-12)."""
    step = proposed(town)
    value = sealed(town, SARA, "second_yes")
    town.press(SARA, "second_no")
    town.work()
    assert state_of(town, step) is StepState.PARKED
    with pytest.raises(Refused, match="already"):
        town.talk.press(speaker(HANNA), "second_yes", value, "", Where())
    assert "Not agreed" in words(town.direct(INES)[-1])
    assert all(button(card, "second_yes") is None for card in town.direct(HANNA))
    form = town.press(INES, "waive")
    assert isinstance(form, Form)
    send(town, form, 10)
    town.press(HANNA, "second_yes")
    assert state_of(town, step) is StepState.WAIVED


def test_pressed_twice_it_happens_once(town: Town) -> None:
    """A double click is told that it was done; so is whoever comes second."""
    step = proposed(town)
    value = sealed(town, SARA, "second_yes")
    town.press(SARA, "second_yes")
    for person in (SARA, HANNA):
        with pytest.raises(Refused, match="agreed to already"):
            town.talk.press(speaker(person), "second_yes", value, "", Where())
    assert sum(entry.kind == "step.waived" for entry in town.view().journal) == 1
    assert state_of(town, step) is StepState.WAIVED


def test_whoever_left_meanwhile_does_not_agree(town: Town) -> None:
    """Rights are looked at when the button is pressed, not when the question was asked (S4-12)."""
    step = proposed(town)
    leave(town, SARA, town.now.date() - timedelta(days=1))
    with pytest.raises(Refused, match="not among"):
        town.press(SARA, "second_yes")
    with town.engine.db.begin() as tx:
        tx.execute(sa.update(tables.powers).where(tables.powers.c.person == HANNA).values(ended_at=town.now))
    with pytest.raises(Refused, match="not among"):
        town.press(HANNA, "second_yes")
    assert state_of(town, step) is StepState.PARKED


def test_a_question_that_nobody_can_answer_any_more_may_be_asked_anew(town: Town) -> None:
    """Asked twice it says who is waited for; when they have all left, a new question takes its place."""
    proposed(town)
    form = town.press(INES, "waive")
    assert isinstance(form, Form)
    with pytest.raises(Refused, match="proposed already") as refused:
        send(town, form, 5)
    assert "Hanna" in refused.value.words
    leave(town, SARA, town.now.date() - timedelta(days=1))
    leave(town, HANNA, town.now.date() - timedelta(days=1))
    with pytest.raises(Refused, match="Too few people"):
        send(town, form, 5)
    with town.engine.db.begin() as tx:
        people.give(tx, CLARA, Power.SECURITY, town.now, by="set-up")
    send(town, form, 5)
    town.press(CLARA, "second_yes")


@pytest.mark.parametrize(
    ("days", "reason", "said"), [(30, " ", "Say why"), (-2, WHY, "passed"), (92, WHY, "at most 90 days")]
)
def test_a_reason_and_an_end_within_policy_are_needed(town: Town, days: int, reason: str, said: str) -> None:
    """What is left open has a reason and an end; the form says which field is wrong."""
    stuck(town)
    form = town.press(INES, "waive")
    assert isinstance(form, Form)
    with pytest.raises(Refused, match=said) as refused:
        send(town, form, days, reason)
    assert refused.value.field in {"reason", "day"}


def test_done_by_hand_meanwhile_leaves_nothing_to_agree_to(town: Town) -> None:
    """Ines did it after all: the yes that comes later is told so, and the step stays done."""
    step = proposed(town)
    form = town.press(INES, "done")
    assert isinstance(form, Form)
    town.talk.submit(
        speaker(INES), "evidence", Filled({"evidence": "Locked in the console."}, context=form.context), ""
    )
    with pytest.raises(Refused, match="over already"):
        town.press(SARA, "second_yes")
    assert state_of(town, step) is StepState.ATTESTED


def after_its_end(town: Town) -> Step:
    """Left open for ten days, the request closed, and the eleventh day has come."""
    step = proposed(town, days=10)
    town.press(SARA, "second_yes")
    finish(town)
    assert town.request().state is RequestState.CLOSED
    leave(town, ALICE, town.now.date())
    assert revisit(town.engine, town.now) == 0
    town.pass_time(timedelta(days=11))
    return step


def test_on_its_day_it_is_looked_at_again_and_done(town: Town) -> None:
    """When the time is over the system is read again, and what is still there is ended and seen gone (S1-20)."""
    step = after_its_end(town)
    assert revisit(town.engine, town.now) == 1
    assert revisit(town.engine, town.now) == 0
    town.work()
    assert town.aws.account.active is False
    assert state_of(town, step) is StepState.WAIVED
    again = town.view().steps[-1]
    assert again.action == step.action
    assert again.state is StepState.CONFIRMED
    assert town.request().state is RequestState.CLOSED


def test_what_ended_by_itself_meanwhile_is_confirmed_without_a_change(town: Town) -> None:
    """The vendor kept its word: the fresh look shows it, and nothing is changed."""
    after_its_end(town)
    town.aws.account = replace(town.aws.account, active=False)
    calls = [one for one in town.aws.log if "read" not in str(one)]
    revisit(town.engine, town.now)
    town.work()
    assert [one for one in town.aws.log if "read" not in str(one)] == calls
    assert town.request().state is RequestState.CLOSED


def test_whoever_works_here_again_loses_nothing(town: Town) -> None:
    """Alice was hired again before the end: nothing is changed, the thread says so (S0-25)."""
    after_its_end(town)
    with town.engine.db.begin() as tx:
        known = people.every(tx)[ALICE]
        people.put(tx, [replace(known, starts=town.now.date(), ends=None)])
    revisit(town.engine, town.now)
    town.work()
    assert "works here again" in everything_said(town)
    assert town.request().state is RequestState.CLOSED
    assert town.aws.account.active is True


def test_every_copy_of_the_question_tells_the_same(town: Town) -> None:
    """Whoever did not answer sees who did; no buttons are left behind."""
    proposed(town)
    town.press(SARA, "second_yes")
    town.work()
    for person in (SARA, HANNA):
        card = town.direct(person)[-1]
        assert isinstance(card, Card)
        assert "Agreed. It is done." in words(card)
        assert "Sara" in words(card)
