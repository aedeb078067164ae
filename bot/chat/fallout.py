"""The fallout desk in chat: its cards, and what its buttons do."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.chat import tasks
from bot.chat.cards import asks
from bot.chat.cards import fallout as cards
from bot.chat.cards.steps import what
from bot.chat.cards.words import _, listed
from bot.chat.desk import Desk, known, request_buttons, say, step_buttons
from bot.chat.offboard import instant
from bot.chat.port import Answer, Card, Filled, Speaker, Where
from bot.domain.errors import Refused
from bot.domain.model import PersonId, SystemKey
from bot.domain.request import Step
from bot.engine import desk as shown
from bot.engine import lookup
from bot.engine.escalate import escalate_now
from bot.engine.fallout import put_off, raise_if_never, retry_all
from bot.engine.stopped import TOLD
from bot.engine.view import View, seen_by
from bot.store.outbox import Notice

KINDS = frozenset({"desk", "trouble", "escalated", "undecided", "reminder", TOLD})


DESK = frozenset({"desk", "trouble", "escalated"})  # drawn again in their place


def key_of(notice: Notice) -> str:
    """The name of a message of the desk."""
    return shown.key_of(notice.kind, notice.request or "", notice.person or "", notice.body)


def card(desk: Desk, view: View, step: Step | None, notice: Notice) -> Card:
    """What one message of the desk says."""

    def buttons(one: Step) -> dict[str, str]:
        return dict(step_buttons(desk, view, one))

    match notice.kind:
        case "desk" | "trouble":
            return cards.desk(view, SystemKey(notice.body["system"]), buttons, desk.sealed)
        case "escalated":
            about = [one for one in (*view.reads, *view.steps) if one.id in notice.body["steps"]]
            told = lookup.escalated(desk.engine, view.request.id)
            return cards.escalated(view, about, told, buttons, desk.sealed)
        case "undecided":
            since = datetime.fromisoformat(notice.body["since"])
            return cards.undecided(view, since, request_buttons(desk, view))
        case "stopped":
            return cards.stopped(view, request_buttons(desk, view))
        case _ if step is not None:
            return tasks.reminder(desk, view, notice)
        case _:
            return asks.approval_reminder(view, PersonId(notice.person or ""), request_buttons(desk, view))


def everything(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Answer:
    """Try all that is stuck in a system once more."""
    _action, request, system = desk.opened(value, 3, "retry_all")
    count = retry_all(desk.engine, request, SystemKey(system), known(who), desk.clock())
    return say(_("I try {n} steps again now.", n=count))


def step_card(desk: Desk, who: Speaker, value: str, chosen: str, _where: Where) -> Answer:
    """One of several: what is known about it, with its buttons."""
    _action, request = desk.opened(value, 2, "stuck_step")
    view = seen_by(desk.engine, request, known(who), desk.clock())
    step = next((one for one in (*view.newest_reads, *view.steps) if one.id == chosen), None)
    if step is None:
        raise Refused(_("I cannot find this step any more."))
    return cards.one(view, step, step_buttons(desk, view, step))


def escalate(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Answer:
    """Tell the next person now."""
    _action, step_id = desk.opened(value, 2, "escalate")
    told = escalate_now(desk.engine, step_id, known(who), desk.clock())
    people = lookup.around(desk.engine).crew.people
    return say(_("I told {names}, with everything that is known.", names=listed(people[one].name for one in told)))


def hold(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Answer:
    """The form: until when a step is left alone."""
    _action, step_id = desk.opened(value, 2, "put_off")
    found = lookup.step_request(desk.engine, step_id)
    if found is None:
        raise Refused(_("I cannot find this step any more."))
    step, request = found
    raise_if_never(step)
    view = seen_by(desk.engine, request.id, known(who), desk.clock())
    longest = view.policy.holds.longest.days
    context = desk.sealed("put_off", step_id)
    return cards.put_off_form(what(step, view), view.system(step.system), longest, view.policy.zone, context)


def send_hold(desk: Desk, who: Speaker, filled: Filled) -> Card:
    """Put it off. Raises Refused with the field that is wrong."""
    _action, step_id = desk.opened(filled.context, 2, "put_off")
    policy = lookup.policy_in_force(desk.engine)
    day = filled.values.get("day", "")
    until = instant(day, f"{policy.hours.opens:%H:%M}", policy.zone)
    now = desk.clock()
    if timedelta(0) < until - (now + policy.holds.longest) < timedelta(days=1):
        until = now + policy.holds.longest  # the last day the form allows
    put_off(desk.engine, step_id, known(who), until, now)
    return say(_("It is held until {day}. I go on with it then.", day=day))


PRESSES = {"retry_all": everything, "stuck_step": step_card, "escalate": escalate, "put_off": hold}
