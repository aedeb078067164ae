"""Several people and the clock at the same instant: one answer counts, one lock begins, everybody else is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from bot.domain.hold import HOLDS
from bot.domain.lifecycle import StepState
from bot.domain.model import Trigger
from bot.engine import lapse, owed, release, seconds
from bot.engine.lock import propose_lock
from bot.store import records
from tests.engine.test_races import at_once
from tests.fakes.town import HANNA, INES, SARA, TOMASZ, Town
from tests.stories.acts import approved, asked
from tests.stories.holding import ASK, LOCK, ruled, team_step

AGAINST = {"exit": "involuntary", "when": "later", "day": "2026-11-27", "time": "17:00"}


def test_four_answers_and_the_clock_at_the_same_instant_are_one(town: Town) -> None:
    """The time is over while people press: one of them, or the clock, decides, and it is written down once (S4-8)."""
    approved(ruled(town, ASK))
    step = team_step(town)
    town.pass_time(timedelta(days=2, minutes=1))
    now, engine = town.now, town.engine
    acts: list[Callable[[], object]] = [
        *(partial(release.remove, engine, step.id, by, now) for by in (INES, TOMASZ, SARA)),
        *(partial(release.remove, engine, step.id, INES, now) for _ in range(3)),
        *(partial(lapse.ends, engine, now) for _ in range(3)),
    ]
    won, refused = at_once(acts)
    assert len(won) + len(refused) == len(acts)
    kinds = [entry.kind for entry in town.view().journal if entry.kind in {"hold.removed", "hold.silent"}]
    assert len(kinds) == 1
    town.work()
    assert team_step(town).state is StepState.CONFIRMED


def test_remove_keep_and_ask_somebody_at_the_same_instant_leave_one_answer(town: Town) -> None:
    """Whatever comes first stands; what follows is an answer to that, or is refused: never two at once (S4-8)."""
    approved(ruled(town, ASK))
    step, now, engine = team_step(town), town.now, town.engine
    acts = [
        partial(release.keep, engine, step.id, INES, now + timedelta(days=3), now),
        partial(release.hand_first, engine, step.id, TOMASZ, now),
        partial(release.remove, engine, step.id, SARA, now),
        partial(release.pass_on, engine, step.id, INES, TOMASZ, now),
    ]
    at_once(acts)
    seen = team_step(town)
    if seen.state is StepState.HELD:
        assert seen.held in HOLDS
        assert seen.assignee
        assert seen.due
    assert sum(entry.kind == "hold.removed" for entry in town.view().journal) <= 1


def test_two_who_agree_at_the_same_instant_lock_once(town: Town) -> None:
    """One lock, one yes that counted; the other person reads that it was agreed to (S4-8)."""
    asked(ruled(town, LOCK), **AGAINST)
    made = propose_lock(town.engine, "OFF-101", HANNA, town.now)
    acts = [
        partial(seconds.answer, town.engine, made.id, by, town.now, yes=True) for by in (SARA, INES, TOMASZ, SARA, INES)
    ]
    won, refused = at_once(acts)
    assert (len(won), len(refused)) == (1, 4)
    town.work()
    with town.engine.db.look() as tx:
        every = [one for one in records.about(tx, town.request().subject) if one.trigger is Trigger.LOCK]
    assert [one.id for one in every] == ["LCK-101"]


def test_two_replicas_give_a_lock_back_once(town: Town) -> None:
    """Both see the no at the same instant: one restore is asked for (S4-27)."""
    asked(ruled(town, LOCK), **AGAINST)
    made = propose_lock(town.engine, "OFF-101", HANNA, town.now)
    seconds.answer(town.engine, made.id, SARA, town.now, yes=True)
    town.work()
    town.press(INES, "deny")
    at_once([partial(owed.reviews, town.engine, town.now) for _ in range(4)])
    town.work()
    with town.engine.db.look() as tx:
        every = [one for one in records.about(tx, town.request().subject) if one.trigger is Trigger.RESTORE]
    assert [one.id for one in every] == ["RST-101"]
    assert "RST-101" in "\n".join(town.thread())
    assert not any("is not given back by itself" in line for line in town.thread())
