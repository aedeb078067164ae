"""Time-boxed access in chat: the form, its answer, and the buttons on what is lent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.chat.cards import access as cards
from bot.chat.cards import access_forms as forms
from bot.chat.cards.names import look_twice
from bot.chat.cards.words import _
from bot.chat.desk import Desk, known, say
from bot.chat.offboard import instant
from bot.chat.port import Answer, Card, Filled, Form, Speaker, Where
from bot.domain.errors import Refused
from bot.domain.model import PersonId
from bot.domain.request import Step
from bot.engine import borrow, lookup
from bot.engine.extend import ANEW, OVER, decide_more, extend
from bot.engine.give_back import give_back
from bot.engine.view import View, seen_by
from bot.store.outbox import Notice

KINDS = frozenset({"root", "approval", "told", "held", "ending", "more", "line"})  # all others are as for a leaver
_MINUTE = timedelta(minutes=1)


def open_form(desk: Desk, who: Speaker) -> Form:
    """The form, for oneself. Raises Refused where nothing may be asked for."""
    return _form(desk, who, {})


def redraw(desk: Desk, who: Speaker, filled: Filled) -> Form:
    """The form again, for what was chosen just now."""
    return _form(desk, who, filled.values)


def _form(desk: Desk, who: Speaker, values: dict[str, str]) -> Form:
    around = lookup.around(desk.engine)
    asking = known(who)
    if not around.policy.access.offers:
        raise Refused(_("Nothing may be asked for by name yet."), hint=_("Ask IT; they write it into the policy."))
    if not around.crew.working(asking, desk.clock().date()):
        raise Refused(_("You may not ask for access."), hint=_("Only people who work here may."))
    person = around.crew.people.get(PersonId(values.get("person") or asking), around.crew.people[asking])
    offer = around.policy.access.offers.get(values.get("what", ""))
    usual = (offer or next(iter(around.policy.access.offers.values()))).usual
    state = forms.Borrow(
        person=person,
        at=desk.clock() + max(usual, _MINUTE),
        what=values.get("what", ""),
        length=values.get("length") or forms.USUAL,
        day=values.get("day", ""),
        time=values.get("time", ""),
        reason=values.get("reason", ""),
        doubt=look_twice(person, around.crew, desk.clock().date()) if person.id != asking else "",
    )
    return forms.borrow(around.policy, state)


def send(desk: Desk, who: Speaker, filled: Filled, delivery: str) -> Card:
    """Hand the form to the engine. Raises Refused with the field that is wrong."""
    values = filled.values
    requester = known(who)
    around = lookup.around(desk.engine)
    person = around.crew.people.get(PersonId(values.get("person") or requester))
    if person is None:
        raise Refused(_("I do not know this person."), hint=_("Choose somebody from the list."), field="person")
    named = values.get("length") == forms.UNTIL
    until = instant(values.get("day", ""), values.get("time", ""), person.zone) if named else None
    asked = borrow.Borrowing(requester, person.id, values.get("what", ""), values.get("reason", ""), until)
    request = borrow.submit(desk.engine, asked, desk.clock(), delivery=delivery)
    offer = around.policy.access.offers[asked.offer]
    if until is None:
        long = _("for {length}, from the approval on", length=borrow.in_words(offer.usual))
    else:
        long = _("until {at}", at=cards.exactly(until, person.zone))
    return say(
        _(
            "{id}: “{words}” for {name}, {long}. I look first, then I ask whoever decides. You hear from me here.",
            id=request.id,
            words=offer.words,
            name=person.name,
            long=long,
        ),
    )


def longer(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Answer:
    """The form for more time."""
    _action, request = desk.opened(value, 2, "extend")
    view = seen_by(desk.engine, request, known(who), desk.clock())
    if not cards.lent(view):
        raise Refused(_(OVER), hint=_(ANEW))
    offer, last = cards.offer_of(view), _last(view)
    at = min(last, (view.request.until or view.now) + max(offer.usual, _MINUTE))
    said = cards.exactly(last, view.subject.zone)
    return forms.longer(offer, view.subject.zone, at, said, desk.sealed("extend", request))


def _last(view: View) -> datetime:
    return (view.request.started_at or view.request.created_at) + cards.offer_of(view).longest


def send_longer(desk: Desk, who: Speaker, filled: Filled) -> Card:
    """Ask for more time. Raises Refused with the field that is wrong."""
    _action, request = desk.opened(filled.context, 2, "extend")
    view = seen_by(desk.engine, request, known(who), desk.clock())
    until = instant(filled.values.get("day", ""), filled.values.get("time", ""), view.subject.zone)
    if until > _last(view) >= until - _MINUTE:
        until = _last(view)  # the form knows minutes only
    extend(desk.engine, request, known(who), until, desk.clock())
    at = cards.exactly(until, view.subject.zone)
    return say(_("I asked for more time, until {at}. Without a yes it ends as before.", at=at))


def more(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Answer:
    """A yes or a no to more time."""
    action, request, digest = desk.opened(value, 3, "more_yes", "more_no")
    yes = action == "more_yes"
    missing = decide_more(desk.engine, request, digest, known(who), desk.clock(), yes=yes)
    if not yes:
        return say(_("You denied more time for {id}. It ends as before.", id=request))
    if missing:
        return say(_("Thank you. {n} more approval is needed for {id}.", n=missing, id=request))
    return say(_("Thank you. {id} lasts longer now.", id=request))


def back(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Answer:
    """Give it back now."""
    _action, request = desk.opened(value, 2, "give_back")
    give_back(desk.engine, request, known(who), desk.clock())
    return say(_("{id} is being taken back now. You hear when it is seen gone.", id=request))


def card(desk: Desk, view: View, step: Step | None, notice: Notice, whole: Mapping[str, str]) -> Card:
    """What one message about it says."""
    match notice.kind:
        case "root":
            return cards.root(view, whole)
        case "approval":
            return cards.approval(view, PersonId(notice.person or ""), whole)
        case "held":
            return cards.held(view, whole)
        case "ending":
            return cards.ending(view, notice.body.get("others", ()), whole)
        case "more":
            digest = notice.body["digest"]
            asked = {one: desk.sealed(one, view.request.id, digest) for one in ("more_yes", "more_no")}
            return cards.more(view, notice.body, asked)
        case "told":
            return cards.told(view)
        case _:
            return cards.line(view, step, notice.body)


def start(desk: Desk, who: Speaker, _value: str, _chosen: str, _where: Where) -> Answer:
    """The form, from a button."""
    return open_form(desk, who)
