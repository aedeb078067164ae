"""What becomes of what somebody made for programs: the buttons and forms of whoever decides."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.chat.cards import forms
from bot.chat.cards import machines as cards
from bot.chat.cards.steps import label_of
from bot.chat.cards.words import _
from bot.chat.desk import Desk, known, meant, say
from bot.chat.port import Answer, Filled, Form, Speaker, Where
from bot.domain.errors import Refused
from bot.domain.model import Disable, PersonId
from bot.domain.request import Step
from bot.domain.successors import ACCEPT
from bot.engine import lookup, machines
from bot.engine.view import seen_by


def _end(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Answer:
    _action, step_id = desk.opened(value, 2, "machine_end")
    machines.end(desk.engine, step_id, known(who), desk.clock())
    return say(_("Thank you. It is switched off, and I check that it is."))


def _renew(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Answer:
    _action, step_id = desk.opened(value, 2, "machine_renew")
    machines.renew(desk.engine, step_id, known(who), desk.clock())
    return say(_("Thank you. What is to be done stands in your message; the old one works until you say so."))


def _give(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Answer:
    return give_form(desk, who, value, "")


def give_form(desk: Desk, who: Speaker, value: str, chosen: str) -> Form:
    """Who looks after it from now on. Raises Refused for whoever may not decide."""
    _action, step_id = desk.opened(value, 2, "machine_give")
    somebody = forms.somebody(_("Who?"), *meant(desk, chosen))
    return cards.give(_label(desk, who, step_id), somebody, desk.sealed("machine_give", step_id))


def _renewed(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Answer:
    _action, step_id = desk.opened(value, 2, "machine_renewed")
    return cards.renewed(_label(desk, who, step_id), desk.sealed("machine_renewed", step_id))


def _label(desk: Desk, who: Speaker, step_id: str) -> str:
    """What it is about, for somebody who may see it and can still decide. Raises Refused."""
    found = lookup.step_request(desk.engine, step_id)
    if found is None or not cards.is_open(found[0]):
        raise Refused(_("This was decided already."))
    seen_by(desk.engine, found[1].id, known(who), desk.clock())
    return _named(found[0])


def _named(step: Step) -> str:
    return label_of(step.action.credential) if isinstance(step.action, Disable) else ""


def send_give(desk: Desk, who: Speaker, filled: Filled) -> Answer:
    """Somebody was named. Raises Refused with the field that is wrong."""
    _action, step_id = desk.opened(filled.context, 2, "machine_give")
    person = PersonId(filled.values.get("person", ""))
    step = machines.give(desk.engine, step_id, known(who), person, desk.clock())
    if step.held == ACCEPT:
        name = lookup.around(desk.engine).crew.people[person].name
        return say(_("Thank you. I asked {name}, who must accept. You hear from me if the answer is no.", name=name))
    return say(_("Thank you. It stays, and you look after {label} from now on.", label=_named(step)))


def send_renewed(desk: Desk, who: Speaker, filled: Filled) -> Answer:
    """The new one is in place. Raises Refused with the field that is wrong."""
    _action, step_id = desk.opened(filled.context, 2, "machine_renewed")
    files = tuple(f"{file.id} {file.name}" for file in filled.files.get("files", ()))
    machines.renewed(desk.engine, step_id, known(who), filled.values.get("evidence", ""), files, desk.clock())
    return say(_("Thank you. The old one is switched off now, and I check that it is."))


HANDLERS: Mapping[str, Callable[[Desk, Speaker, str, str, Where], Answer]] = {
    "machine_end": _end,
    "machine_renew": _renew,
    "machine_give": _give,
    "machine_renewed": _renewed,
}
FORMS: Mapping[str, Callable[[Desk, Speaker, Filled], Answer]] = {
    "machine_give": send_give,
    "machine_renewed": send_renewed,
}
