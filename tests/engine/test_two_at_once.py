"""The same instant at the fallout desk: one yes happens once, nobody is told twice, nothing is tried twice."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.lifecycle import StepState
from bot.engine import tasks
from bot.engine.batch import forward
from bot.engine.escalate import escalate
from bot.engine.revisit import revisit
from bot.engine.seconds import answer
from bot.store import batches, proposals
from tests.engine.test_races import MANY, at_once
from tests.fakes.town import ALICE, HANNA, INES, SARA, Town
from tests.stories.acts import approved, finish, leave
from tests.stories.test_batch import ask
from tests.stories.test_fallout_desk import outage
from tests.stories.test_fallout_desk import stuck as waiting
from tests.stories.test_two_people import proposed


def test_a_yes_and_a_no_at_the_same_instant_decide_once(town: Town) -> None:
    """Sara agrees and Hanna does not, eight times each: one of them decides, and the step stands as that one said."""
    step = proposed(town)
    with town.engine.db.look() as tx:
        key = proposals.open_ones(tx)[0].id
    acts = [
        lambda who=who: answer(town.engine, key, who, town.now, yes=who == SARA)
        for who in (SARA, HANNA)
        for _ in range(MANY // 2)
    ]
    won, refused = at_once(acts)
    assert (len(won), len(refused)) == (1, MANY - 1)
    with town.engine.db.look() as tx:
        decided = proposals.get(tx, key)
    assert decided is not None
    state = next(one.state for one in town.view().steps if one.id == step.id)
    assert state is (StepState.WAIVED if decided.yes else StepState.PARKED)
    assert sum(entry.kind == "step.waived" for entry in town.view().journal) == int(bool(decided.yes))


def test_many_replicas_tell_each_person_once(town: Town) -> None:
    """Eight clocks look at the same late steps in the same instant: everybody who is told hears it once."""
    approved(town)
    town.pass_time(timedelta(hours=53))
    at_once([lambda: escalate(town.engine, town.now)] * 8)
    told = [entry for entry in town.view().journal if entry.kind == "step.escalated"]
    heard = [(entry.facts["step"], person) for entry in told for person in entry.facts["to"]]
    assert heard
    assert len(heard) == len(set(heard))


def test_many_replicas_take_up_an_exception_once(town: Town) -> None:
    """Its day has come for all of them at once: the item comes back one time."""
    proposed(town, days=10)
    town.press(SARA, "second_yes")
    finish(town)
    leave(town, ALICE, town.now.date())
    town.pass_time(timedelta(days=11))
    before = len(town.view().steps)
    at_once([lambda: revisit(town.engine, town.now)] * 8)
    assert len(town.view().steps) == before + 1
    town.work()
    assert town.aws.account.active is False


def test_many_replicas_begin_everybody_of_a_list_once(town: Town) -> None:
    """Eight clocks work at the same list: one request for each person, and nobody is told to be left out (S0-34)."""
    ask(town)
    at_once([lambda: forward(town.engine, town.now)] * 8)
    with town.engine.db.look() as tx:
        members = batches.members(tx, "BAT-101")
    assert len({one.request for one in members}) == 3
    assert not [one.refused for one in members if one.request is None or one.refused]


def test_retry_now_pressed_by_many_is_one_try(town: Town) -> None:
    """Sixteen presses bring one try forward: AWS is asked once (S1-20)."""
    outage(town)
    step = waiting(town, StepState.READY)
    town.aws.faults = []
    before = len(town.aws.log)
    at_once([lambda: tasks.try_again(town.engine, step.id, INES, town.now)] * MANY)
    town.work()
    assert town.aws.log[before:].count(step.action) == 1  # type: ignore[arg-type]  # it is a change
