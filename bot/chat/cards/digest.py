"""The words of the daily digest, of Home's board, and of the overview for IT and security."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.chat.cards.thread import when
from bot.chat.cards.words import STATES, _, counted, day_and_time, lasted, listed, sentence
from bot.chat.port import Button, Buttons, Card, Heading, Lines, Menu, Piece, Rule, Small, Text
from bot.domain.lifecycle import RequestState
from bot.domain.model import Person
from bot.domain.policy import Crew
from bot.domain.request import Request
from bot.engine.overview import Leaving, Overview
from bot.engine.view import View
from bot.engine.waiting import Waiting, Waits

_MOST = 10  # lines of one list: more is not read


def card(person: Person, count: int, entries: list[list[Piece]]) -> Card:
    """Everything that waits for one person, in one message."""
    if not entries:
        text = _("Nothing waits for you any more. Thank you.")
        return Card(text, (Text(text),))
    head = _("1 thing waits for you.") if count == 1 else _("{n} things wait for you.", n=count)
    pieces: list[Piece] = [Heading(_("Good morning {name}", name=person.name.split()[0])), Text(head)]
    for entry in entries:
        pieces += [Rule(), *entry]
    if count > len(entries):
        pieces.append(Small(follow(count - len(entries))))
    pieces.append(Small(_("The most urgent comes first. My Home tab shows the same at any time.")))
    return Card(_("Good morning. {head}", head=head), tuple(pieces))


def follow(more: int) -> str:
    """How much is not shown yet."""
    return counted(more, "1 more follows when these are answered.", "{n} more follow when these are answered.")


def plan(view: View) -> str:
    """What an approval is about, in a line: when, and how much in which system."""
    counts = Counter(view.system(step.system) for step in view.steps)
    systems = listed(f"{name} ({n})" for name, n in counts.items())
    return _("When: {when}. Changes: {systems}. Open shows each of them.", when=when(view), systems=systems)


def entry(
    one: Waiting, drawn: Card, zone: str, now: datetime, seal: Callable[..., str], about: str = ""
) -> list[Piece]:
    """One thing that waits: what it is, since when, and the buttons of its own message; nothing when it is over."""
    rows = [piece for piece in drawn.pieces if isinstance(piece, Buttons | Menu)]
    if not rows:
        return []
    words = " ".join(filter(None, (sentence(drawn.text), _time(one, zone, now))))
    lead = _("Something is there again.") if one.what is Waits.FINDING else ""
    said = [Small(about)] if about else []
    return [Text(words, lead), *said, *_with_show(one, rows, seal)]


def _time(one: Waiting, zone: str, now: datetime) -> str:
    """Since when it waits, and what its time is."""
    if one.what is Waits.STUCK:
        return _("Stuck for {span}.", span=lasted(now - one.since))
    if one.due is None or one.what is Waits.HOLD:  # a hold says itself when it ends
        return ""
    at = day_and_time(one.due, zone)
    return _("Late: it was due {at}.", at=at) if one.late(now) else _("Until {at}.", at=at)


def _with_show(one: Waiting, rows: list[Buttons | Menu], seal: Callable[..., str]) -> Iterable[Piece]:
    has = any(button.action == "show" for row in rows if isinstance(row, Buttons) for button in row.items)
    if one.request is None or has:
        return rows
    show = Button(_("Show {id} in Messages", id=one.request.id), "show", seal("show", one.request.id))
    *first, last = rows
    if isinstance(last, Buttons):
        return [*first, Buttons((*last.items, show))]
    return [*rows, Buttons((show,))]


# ---- the board of HR ----


def board(leavers: Iterable[Leaving], now: datetime) -> list[Piece]:
    """This month's leavers, a line each."""
    lines = tuple(leaving(one, now) for one in leavers)
    if not lines:
        return []
    return [Rule(), Lines(lines, _("Who leaves this month"))]


def leaving(one: Leaving, now: datetime) -> str:
    """Alice Martin: last day Friday 27 November; locked, 3 of 9 systems confirmed, waits for Ines."""
    request = one.request
    last = request.starts_at.astimezone(ZoneInfo(one.person.zone))
    said = [_state(one)]
    if one.waits and request.state is not RequestState.CLOSED:
        said.append(_("waits for {names}", names=listed(one.waits)))
    if request.stopped_at and request.state is RequestState.RUNNING:
        said.append(_("stopped"))
    day = _("leaves at once") if request.immediate else _("last day {day}", day=f"{last:%A} {last.day} {last:%B}")
    return _("{name} ({id}): {day}; {said}", name=one.person.name, id=request.id, day=day, said=", ".join(said))


def _state(one: Leaving) -> str:
    match one.request.state:
        case RequestState.SUBMITTED | RequestState.PLANNING:
            return _("the systems are being read")
        case RequestState.AWAITING_APPROVAL:
            return _("not approved yet")
        case RequestState.APPROVED | RequestState.SCHEDULED:
            return _("approved")
        case RequestState.CLOSED:
            return _("finished, all {n} systems confirmed", n=one.systems)
    done = _("{done} of {all} systems confirmed", done=one.done, all=one.systems)
    return _("locked, {done}", done=done) if one.request.contained_at else done


# ---- IT and security ----


def overview(seen: Overview, now: datetime) -> Card:
    """One message for the team: open requests, the oldest thing overdue, systems down, findings."""
    pieces: list[Piece] = [Heading(_("This morning in Usher")), *overview_pieces(seen, now)]
    return Card(_("This morning in Usher: {said}", said=_counts(seen)), tuple(pieces))


def overview_pieces(seen: Overview, now: datetime) -> Iterable[Piece]:
    """The parts of the overview, each only where there is something."""
    yield Text(_counts(seen))
    if seen.overdue:
        step, request = seen.overdue[0]
        yield Text(_oldest(seen, step.system, request, step.deadline or now, now), lead=_("Longest overdue"))
    if seen.down:
        lines = tuple(_down(seen, one.system, one.opened_at or now, now) for one in seen.down)
        yield Lines(lines[:_MOST], _("Systems that do not answer"))
    if seen.findings:
        lines = tuple(f"{one.id}: {_name(seen.crew, one)}" for one in seen.findings)
        yield Lines(lines[:_MOST], _("Found again after somebody left"))
    if seen.open:
        lines = tuple(f"{one.id}: {_name(seen.crew, one)}, {_(STATES[one.state])}" for one in seen.open)
        yield Lines(lines[:_MOST], _("Open requests"))
        if len(lines) > _MOST:
            yield Small(counted(len(lines) - _MOST, "1 more is open.", "{n} more are open."))


def _counts(seen: Overview) -> str:
    n = len(seen.open)
    said = [_("1 request is open") if n == 1 else _("{n} requests are open", n=n)]
    if seen.overdue:
        n = len(seen.overdue)
        said.append(_("1 item is overdue") if n == 1 else _("{n} items are overdue", n=n))
    if seen.down:
        n = len(seen.down)
        said.append(_("1 system does not answer") if n == 1 else _("{n} systems do not answer", n=n))
    return _("{said}.", said=", ".join(said))


def _oldest(seen: Overview, system: str, request: Request, since: datetime, now: datetime) -> str:
    name = next((one.name for key, one in seen.policy.systems.items() if key == system), system)
    span = lasted(now - since)
    return _(
        "{system} for {name} ({id}): late by {span}.",
        system=name,
        name=_name(seen.crew, request),
        id=request.id,
        span=span,
    )


def _down(seen: Overview, system: str, since: datetime, now: datetime) -> str:
    name = next((one.name for key, one in seen.policy.systems.items() if key == system), system)
    return _("{system}, for {span}", system=name, span=lasted(now - since))


def _name(crew: Crew, request: Request) -> str:
    return crew.people[request.subject].name if request.subject in crew.people else request.subject
