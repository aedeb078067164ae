"""What waits for an answer, in chat: the message with all questions of one person, its buttons and its two forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from bot.chat.cards import forms
from bot.chat.cards import holds as cards
from bot.chat.cards.steps import what
from bot.chat.cards.words import _, day_and_time
from bot.chat.desk import Desk, known, meant, say
from bot.chat.offboard import instant
from bot.chat.port import Answer, Card, Filled, Form, Speaker, Where
from bot.domain.errors import Refused
from bot.domain.hold import latest
from bot.domain.model import PersonId
from bot.domain.request import Step
from bot.engine import release
from bot.engine.context import Rules, Scene
from bot.engine.hold import recipients
from bot.engine.view import View, view
from bot.store.outbox import Notice

_MINUTE = timedelta(minutes=1)
_WEEK = timedelta(days=7)


def card(desk: Desk, seen: View, notice: Notice) -> Card:
    """All questions of this person about a request, or a reminder of them."""
    around = Scene(Rules(seen.policy, seen.runbook), seen.crew, seen.now.date())
    person = PersonId(notice.person or "")
    mine = [step for step in seen.steps if person in recipients(around, seen.request, step)]
    if notice.kind == "hold reminder":
        return cards.reminder(seen, person, mine)
    return cards.card(seen, person, mine, desk.sealed)


def _remove(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Answer:
    _action, step_id = desk.opened(value, 2, "hold_remove")
    step = release.remove(desk.engine, step_id, known(who), desk.clock())
    seen = view(desk.engine, step.request, desk.clock())
    if seen.request.stopped_at:
        return say(_("Thank you. It begins when {id} goes on.", id=step.request))
    return say(_("Thank you: {what}. It goes now, and I check it.", what=what(step, seen)))


def _all(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Answer:
    _action, request, numbers = desk.opened(value, 3, "hold_all")
    shown = frozenset(int(number) for number in numbers.split(",") if number.isdecimal())
    gone = release.remove_all(desk.engine, request, shown, known(who), desk.clock())
    said = _("Thank you. {n} items go now, and I check each of them.", n=gone.items)
    if gone.others:
        more = _("{n} more were not in the message when you pressed: they wait, and stand in it now.", n=gone.others)
        said = f"{said} {more}"
    return say(said)


def _first(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Answer:
    _action, step_id = desk.opened(value, 2, "hold_first")
    release.hand_first(desk.engine, step_id, known(who), desk.clock())
    return say(_("Good. You find what is to be handed over in a message of its own; until then this one item waits."))


def _keep(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Form:
    _action, step_id = desk.opened(value, 2, "hold_keep")
    seen, step = _asked(desk, who, step_id)
    last = latest(desk.clock(), seen.policy.holds)
    at = min(last, max(step.due or desk.clock(), desk.clock() + _WEEK))
    zone = _zone(seen, known(who))
    return cards.keep_form(_about(seen, step), zone, at, last, desk.sealed("hold_keep", step_id))


def send_keep(desk: Desk, who: Speaker, filled: Filled) -> Card:
    """Keep it until then. Raises Refused with the field that is wrong."""
    _action, step_id = desk.opened(filled.context, 2, "hold_keep")
    seen, _step = _asked(desk, who, step_id)
    zone, now = _zone(seen, known(who)), desk.clock()
    until = _up_to(instant(filled.values.get("day", ""), filled.values.get("time", ""), zone), seen, now)
    release.keep(desk.engine, step_id, known(who), until, now)
    at = day_and_time(until, zone)
    return say(_("It is kept until {at}. Before that I ask once more; without an answer it is removed then.", at=at))


def _up_to(until: datetime, seen: View, now: datetime) -> datetime:
    """The form was filled in a moment ago, and knows days and minutes only."""
    last = latest(now, seen.policy.holds)
    return last if last < until <= last + _MINUTE else until


def _pass(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Form:
    return pass_form(desk, who, value, "")


def pass_form(desk: Desk, who: Speaker, value: str, chosen: str) -> Form:
    """Ask somebody else: whom. Raises Refused for whoever may not answer."""
    _action, step_id = desk.opened(value, 2, "hold_pass")
    seen, step = _asked(desk, who, step_id)
    until = day_and_time(step.due, _zone(seen, known(who))) if step.due else ""
    who_knows = forms.somebody(_("Who knows?"), *meant(desk, chosen))
    return cards.pass_form(_about(seen, step), until, who_knows, desk.sealed("hold_pass", step_id))


def send_pass(desk: Desk, who: Speaker, filled: Filled) -> Card:
    """Ask somebody else. Raises Refused with the field that is wrong."""
    _action, step_id = desk.opened(filled.context, 2, "hold_pass")
    to = PersonId(filled.values.get("person", ""))
    step = release.pass_on(desk.engine, step_id, known(who), to, desk.clock())
    seen = view(desk.engine, step.request, desk.clock())
    return say(_("{name} is asked now, with the same time.", name=seen.name(to)))


def _asked(desk: Desk, who: Speaker, step_id: str) -> tuple[View, Step]:
    """The request and the step, for somebody who may answer now. Raises Refused before a form is filled in."""
    release.answerable(desk.engine, step_id, known(who), desk.clock())
    found = view(desk.engine, step_id.rpartition(".")[0], desk.clock())
    step = next((one for one in found.steps if one.id == step_id), None)
    if step is None:
        raise Refused(_("I cannot find this item any more."))
    return found, step


def _about(seen: View, step: Step) -> str:
    return _("{system}: {what}", system=seen.system(step.system), what=what(step, seen))


def _zone(seen: View, person: PersonId) -> str:
    return seen.crew.people[person].zone if person in seen.crew.people else seen.policy.zone


PRESSES: Mapping[str, Callable[[Desk, Speaker, str, str, Where], Answer]] = {
    "hold_remove": _remove,
    "hold_all": _all,
    "hold_first": _first,
    "hold_keep": _keep,
    "hold_pass": _pass,
}
FORMS: Mapping[str, Callable[[Desk, Speaker, Filled], Card]] = {"hold_keep": send_keep, "hold_pass": send_pass}
