"""What only a person can do, in chat: one message for each person and request, with the buttons of each thing in it."""

from __future__ import annotations

from bot.chat.cards import asks, machines, succession
from bot.chat.cards import tasks as cards
from bot.chat.desk import Desk, step_buttons
from bot.chat.port import Card
from bot.domain.lifecycle import StepState
from bot.domain.model import PersonId
from bot.domain.request import Step
from bot.engine.view import View
from bot.store.outbox import Notice


def one(desk: Desk, view: View, step: Step, person: str | None) -> Card:
    """One thing that a person is asked to do or to answer, as it stands."""
    values = step_buttons(desk, view, step)
    if succession.is_open(step):
        return succession.card(view, step, person, values)
    if machines.is_open(step):
        return machines.card(view, step, person, values)
    return asks.task(view, step, values)


def card(desk: Desk, view: View, notice: Notice) -> Card:
    """Everything of this kind that a person was asked about a request."""
    person = PersonId(notice.person or "")
    open_ones, over = cards.asked_of(view, person)
    return cards.card(view, [one(desk, view, step, person) for step in open_ones], over)


def reminder(desk: Desk, view: View, notice: Notice) -> Card:
    """A word about those whose time comes near or is over, with their buttons."""
    named = notice.body.get("steps") or [notice.step]
    steps = [step for step in view.steps if step.id in named]
    return cards.reminder(view, [(step, _drawn(desk, view, step, notice.person)) for step in steps])


def _drawn(desk: Desk, view: View, step: Step, person: str | None) -> Card:
    if step.state is StepState.PARKED:
        return asks.stuck(view, step, step_buttons(desk, view, step))
    return one(desk, view, step, person)
