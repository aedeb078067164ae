"""The list of every request, in words: what it is, where it stands, who is waited for, and what is late."""

from __future__ import annotations

from datetime import datetime

from bot.chat.cards.words import KINDS, STATES, _, ago, day_and_time, lasted, listed
from bot.chat.port import Button, Buttons, Card, Heading, Lines, Piece, Small, Text
from bot.domain.lifecycle import RequestState
from bot.domain.model import Trigger
from bot.engine.listing import Listed, Listing

SIZE = 10  # requests of one page
_MOST_NAMES = 4


def card(found: Listing, now: datetime) -> Card:
    """One page, with the way to the next."""
    head = counted(found)
    pieces: list[Piece] = [Heading(_("All requests")), Text(head)]
    opened = tuple(line(one, found, now) for one in found.rows if one.open)
    ended = tuple(line(one, found, now) for one in found.rows if not one.open)
    if opened:
        pieces.append(Lines(opened, _("Open, what is late first")))
    if ended:
        pieces.append(Lines(ended, _("Ended in the last 30 days")))
    turn = _turn(found)
    if turn:
        last = found.start + len(found.rows)
        pieces.append(Small(_("{first} to {last} of {all}.", first=found.start + 1, last=last, all=found.counts.all)))
        pieces.append(Buttons(turn))
    pieces.append(Small(_("To see one of them, type /usher and its number, such as /usher OFF-142.")))
    return Card(_("All requests: {said}", said=head), tuple(pieces))


def _turn(found: Listing) -> tuple[Button, ...]:
    """Back and on, where there is more."""
    after = found.start + len(found.rows)
    back = Button(_("Earlier page"), "requests", str(max(0, found.start - SIZE)))
    on = Button(_("Next page"), "requests", str(after))
    return (*((back,) if found.start else ()), *((on,) if after < found.counts.all else ()))


def counted(found: Listing) -> str:
    """3 requests are open, 1 of them is late; 12 ended in the last 30 days."""
    some = found.counts
    said = _("1 request is open") if some.open == 1 else _("{n} requests are open", n=some.open)
    if some.late:
        said += _(", 1 of them is late") if some.late == 1 else _(", {n} of them are late", n=some.late)
    return _("{said}; {n} ended in the last 30 days.", said=said, n=some.recent)


def line(one: Listed, found: Listing, now: datetime) -> str:
    """OFF-101: offboarding, Alice Martin; running, 3 of 9 done; waits for Ines Ferreira; late by 2 hours."""
    said = [state(one, found, now), *filter(None, (waits(one), late(one, now)))]
    request = one.request
    return _("{id}: {kind}, {name}; {said}", id=request.id, kind=kind(one), name=one.name, said="; ".join(said))


def kind(one: Listed) -> str:
    """What sort of request it is."""
    if one.request.trigger is Trigger.RESCAN and not one.items:
        return _("a later look")
    return _(KINDS.get(one.request.trigger, "request"))


def state(one: Listed, found: Listing, now: datetime) -> str:
    """Where it stands."""
    request = one.request
    words = _(STATES[request.state])
    if not one.open:
        return _("{state} {when}", state=words, when=ago(request.closed_at, now)) if request.closed_at else words
    if request.state is not RequestState.RUNNING:
        day = request.starts_at if request.state is RequestState.SCHEDULED else None
        return _("{state}, {at}", state=words, at=day_and_time(day, found.policy.zone)) if day else words
    if request.stopped_at is not None:
        words = _("stopped")
    if request.trigger is Trigger.ACCESS and request.until is not None:
        return _("{state}, until {at}", state=words, at=day_and_time(request.until, found.policy.zone))
    return _("{state}, {done} of {all} done", state=words, done=one.done, all=one.items) if one.items else words


def waits(one: Listed) -> str:
    """Who is waited for; empty where nobody is."""
    if one.waits:
        some = list(one.waits[:_MOST_NAMES])
        more = len(one.waits) - len(some)
        return _("waits for {names}", names=listed([*some, _("{n} more", n=more)] if more else some))
    together = one.request.batch and one.request.state is RequestState.AWAITING_APPROVAL
    return _("decided together with {batch}", batch=one.request.batch) if together else ""


def late(one: Listed, now: datetime) -> str:
    """Since when it is late; empty where it is not."""
    return _("late by {span}", span=lasted(now - one.late)) if one.late else ""
