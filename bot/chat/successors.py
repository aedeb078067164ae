"""Who takes over what somebody leaves behind: the buttons of whoever names, and of whoever is named."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.chat.cards import succession as cards
from bot.chat.cards.steps import what
from bot.chat.cards.words import _
from bot.chat.desk import Desk, known, say
from bot.chat.port import Answer, Filled, Speaker, Where
from bot.domain.errors import Refused
from bot.domain.lifecycle import StepState
from bot.domain.request import Step
from bot.domain.successors import ACCEPT
from bot.engine import lookup, succeed
from bot.engine.view import View, seen_by, view


def _named(desk: Desk, who: Speaker, value: str, chosen: str, _where: Where) -> Answer:
    _action, step_id = desk.opened(value, 2, "successor")
    return _ask(desk, who, step_id, chosen)


def _suggested(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Answer:
    _action, step_id, native_id = desk.opened(value, 3, "suggested")
    return _ask(desk, who, step_id, native_id)


def _ask(desk: Desk, who: Speaker, step_id: str, native_id: str) -> Answer:
    step = succeed.name_successor(desk.engine, step_id, known(who), native_id, desk.clock())
    seen = seen_by(desk.engine, step.request, known(who), desk.clock())
    if step.held == ACCEPT:
        name = seen.name(step.assignee)
        return say(_("Thank you. I asked {name}, who must accept. You hear from me if the answer is no.", name=name))
    return say(_begins(step, seen))


def _begins(step: Step, seen: View) -> str:
    if step.state is StepState.HELD:
        return _("Thank you: {what}. It waits for the approvers, because it is new.", what=what(step, seen))
    if seen.request.stopped_at:
        return _("Thank you: {what}. It begins when {id} goes on.", what=what(step, seen), id=step.request)
    return _("Thank you: {what}. I do it now and check it.", what=what(step, seen))


def _accept(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Answer:
    _action, step_id = desk.opened(value, 2, "accept")
    step = succeed.accept(desk.engine, step_id, known(who), desk.clock())
    if step is None:
        return say(_("Thank you for your answer. Somebody else is asked now."))
    return say(_begins(step, view(desk.engine, step.request, desk.clock())))


def _decline(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Answer:
    _action, step_id = desk.opened(value, 2, "decline")
    found = lookup.step_request(desk.engine, step_id)
    if found is None or found[0].held != ACCEPT or found[0].assignee != known(who):
        raise Refused(_("This is not waiting for you any more."), hint=_("Nothing is left to do here."))
    about = cards.thing(found[0], view(desk.engine, found[1].id, desk.clock()))
    return cards.decline(about, desk.sealed("decline", step_id))


def send_decline(desk: Desk, who: Speaker, filled: Filled) -> Answer:
    """A no with its reason. Raises Refused with the field that is wrong."""
    _action, step_id = desk.opened(filled.context, 2, "decline")
    succeed.decline(desk.engine, step_id, known(who), filled.values.get("reason", ""), desk.clock())
    return say(_("Thank you for saying so. Somebody else is asked; you hear no more about it."))


def _look_again(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Answer:
    _action, step_id = desk.opened(value, 2, "look_again")
    succeed.look_again(desk.engine, step_id, known(who), desk.clock())
    return say(_("I look again now; the question comes back with whom I find."))


HANDLERS: Mapping[str, Callable[[Desk, Speaker, str, str, Where], Answer]] = {
    "successor": _named,
    "suggested": _suggested,
    "accept": _accept,
    "decline": _decline,
    "look_again": _look_again,
}
