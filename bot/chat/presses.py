"""What each button does: a short engine call, and an answer for the person who pressed."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from bot.chat import (
    access,
    batch,
    fallout,
    halt,
    holds,
    leave,
    listing,
    locks,
    machines,
    offboard,
    proposals,
    scan,
    signals,
    successors,
    undo,
    who_has,
)
from bot.chat.cards import forms, giving, thread
from bot.chat.cards.access import root as access_card
from bot.chat.cards.locks import untouched
from bot.chat.cards.steps import what
from bot.chat.cards.words import _, counted
from bot.chat.desk import Desk, known, meant, request_buttons, say
from bot.chat.links import sign
from bot.chat.port import Answer, Button, Buttons, Card, Form, Speaker, Text, Where
from bot.chat.saying import AGAIN
from bot.domain.errors import Refused
from bot.domain.model import Power, Task, Trigger
from bot.engine import approve as approving
from bot.engine import control, lookup, powers, tasks
from bot.engine.view import seen_by

Handler = Callable[[Desk, Speaker, str, str, Where], Answer]


# Buttons that open a form: a platform may have to know before anybody presses them.
OPENS = frozenset(
    {
        *("access", "batch", "batch_yes", "decline", "done", "extend", "halt", "hold_keep", "hold_pass", "leave"),
        *("leave_move", "machine_give", "machine_renewed", "offboard", "put_off", "reschedule", "role", "undo"),
        *("waive", "wrong_person", AGAIN),
    }
)


def press(desk: Desk, who: Speaker, action: str, value: str, chosen: str, where: Where) -> Answer:
    """Serve one press. Raises Refused, in words, for what the person may not or what is over."""
    handler = _HANDLERS.get(action)
    if handler is None:
        raise Refused(_("I do not know this button."), hint=_("It may come from an older message."))
    return handler(desk, who, value, chosen, where)


def _decide(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Answer:
    action, request, digest = desk.opened(value, 3, "approve", "deny")
    yes = action == "approve"
    decided = approving.approve(desk.engine, request, digest, known(who), desk.clock(), yes=yes)
    if not yes:
        seen = seen_by(desk.engine, request, known(who), desk.clock())
        return say(_("You denied {id}; who asked has been told. {rest}", id=request, rest=untouched(seen)))
    if decided.missing:
        needed = counted(decided.missing, "1 more approval is needed", "{n} more approvals are needed")
        return say(_("Thank you. {needed} for {id}.", needed=needed, id=request))
    return say(_("Thank you. {id} is approved.", id=request))


def _take_back(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Answer:
    _action, request = desk.opened(value, 2, "take_back")
    approving.take_back(desk.engine, request, known(who), desk.clock())
    return say(_("You took your approval of {id} back.", id=request))


def _show(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Answer:
    _action, request = desk.opened(value, 2, "show")
    found = seen_by(desk.engine, request, known(who), desk.clock())
    tasks.draw_again(desk.engine, request, known(who), desk.clock())
    if found.request.trigger is Trigger.ACCESS:
        card = access_card(found, request_buttons(desk, found))
    elif found.request.trigger in giving.TRIGGERS:
        card = giving.status(found, request_buttons(desk, found))
    else:
        card = thread.status(found)
    if not found.thread_link:
        return card
    button = Button(_("Go to the thread"), "go", url=found.thread_link)
    return Card(card.text, (*card.pieces, Buttons((button,))))


def _report(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Answer:
    _action, request = desk.opened(value, 2, "report")
    person = known(who)
    seen_by(desk.engine, request, person, desk.clock())
    url = f"{desk.base_url}/report/{sign(desk.secret, request, person, desk.clock())}"
    text = _("The report of {id}. The link is yours alone and works for 7 days.", id=request)
    return Card(text, (Text(text), Buttons((Button(_("Open the report"), "go", url=url),))))


def _stop(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Answer:
    _action, request = desk.opened(value, 2, "stop")
    control.stop(desk.engine, request, known(who), desk.clock())
    found = seen_by(desk.engine, request, known(who), desk.clock())
    text = _("{id} is stopped. What is done and what is open:", id=request)
    return Card(text, (Text(text), *thread.status(found).pieces[1:]))


def _go_on(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Answer:
    _action, request = desk.opened(value, 2, "go_on")
    control.go_on(desk.engine, request, known(who), desk.clock())
    return say(_("{id} goes on.", id=request))


def _cancel(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Answer:
    _action, request = desk.opened(value, 2, "cancel")
    control.cancel(desk.engine, request, known(who), desk.clock())
    found = seen_by(desk.engine, request, known(who), desk.clock())
    return say(_("{id} is cancelled. {rest}", id=request, rest=untouched(found)))


def _reschedule(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Answer:
    _action, request = desk.opened(value, 2, "reschedule")
    found = seen_by(desk.engine, request, known(who), desk.clock())
    zone = found.subject.zone
    at = found.request.starts_at.astimezone(ZoneInfo(zone))
    return forms.reschedule(found.subject.name, zone, at, desk.sealed("reschedule", request))


def _done(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Answer:
    _action, step_id = desk.opened(value, 2, "done")
    person = known(who)
    found = lookup.step_request(desk.engine, step_id)
    if found is None:
        raise Refused(_("I cannot find this step any more."))
    step, request = found
    if step.ended:
        raise Refused(_("This is done already. Thank you."))
    view = seen_by(desk.engine, request.id, person, desk.clock())
    wanted = step.action.evidence if isinstance(step.action, Task) else ""
    return forms.evidence(what(step, view), wanted, desk.sealed("evidence", step_id))


def _item(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Answer:
    action, step_id, digest = desk.opened(value, 3, "item_yes", "item_no")
    yes = action == "item_yes"
    approving.approve_item(desk.engine, step_id, digest, known(who), desk.clock(), yes=yes)
    return say(_("Thank you, noted."))


def _try_again(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Answer:
    _action, step_id = desk.opened(value, 2, "try_again")
    tasks.try_again(desk.engine, step_id, known(who), desk.clock())
    return say(_("I try again now."))


def _power(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Answer:
    action, key = desk.opened(value, 2, "power_yes", "power_no")
    yes = action == "power_yes"
    return say(powers.decide_power(desk.engine, int(key), known(who), desk.clock(), yes=yes))


def _start(desk: Desk, who: Speaker, _value: str, _chosen: str, _where: Where) -> Answer:
    return offboard.open_form(desk, who, "")


def _role(desk: Desk, who: Speaker, _value: str, _chosen: str, _where: Where) -> Answer:
    return role_form(desk, who)


def role_form(desk: Desk, who: Speaker, chosen: str = "") -> Form:
    """The form about a role. Raises Refused before it is filled in for nothing."""
    if not lookup.around(desk.engine).crew.may(known(who), Power.ADMIN):
        raise Refused(_("Only an admin of Usher may give roles."))
    return forms.role(*meant(desk, chosen))


_HANDLERS: dict[str, Handler] = {
    "approve": _decide,
    "deny": _decide,
    "take_back": _take_back,
    "show": _show,
    "report": _report,
    "stop": _stop,
    "go_on": _go_on,
    "cancel": _cancel,
    "reschedule": _reschedule,
    "done": _done,
    **successors.HANDLERS,
    **machines.HANDLERS,
    "item_yes": _item,
    "item_no": _item,
    "try_again": _try_again,
    "power_yes": _power,
    "power_no": _power,
    "offboard": _start,
    "access": access.start,
    "extend": access.longer,
    "more_yes": access.more,
    "more_no": access.more,
    "give_back": access.back,
    "role": _role,
    "person": who_has.show,
    "requests": listing.press,
    "fresh": who_has.fresh,
    "look_now": who_has.look_now,
    "second_yes": proposals.second,
    "second_no": proposals.second,
    "waive": proposals.waive,
    "batch": batch.start,
    "batch_yes": batch.approve,
    "undo": undo.start,
    "wrong_person": undo.wrong_person,
    "leave": leave.start,
    "leave_end": leave.end,
    "leave_move": leave.another_day,
    "halt": halt.start,
    "halt_end": halt.end,
    **signals.HANDLERS,
    "scan_known": scan.know,
    **holds.PRESSES,
    **fallout.PRESSES,
    "lock_now": locks.lock_now,
}
