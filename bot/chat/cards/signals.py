"""What HR is asked when a system says that somebody leaves: one question about one person, in plain words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from bot.chat.cards.names import warning
from bot.chat.cards.words import _, day_and_time
from bot.chat.port import Button, Buttons, Card, Facts, Heading, Lines, Piece, Small, Text, Tone
from bot.domain.model import Person, PersonId
from bot.domain.policy import Policy, leaving_time
from bot.domain.signals import Ask, Asking, Sign, Signal, SignalState, Source
from bot.engine.lookup import Around

MOST = 20  # lines of a list: it is still read

_WHO = {
    Source.ROSTER: "The roster",
    Source.HR: "The HR system",
    Source.SCIM: "The sign-in service",
    Source.SLACK: "Slack",
}

Seal = dict[str, str]


def asked(around: Around, found: Asking, seal: Seal, now: datetime, zone: str) -> Card:
    """The question, with its buttons; once answered, by whom and what came of it."""
    if found.state is SignalState.HELD:
        return _held(around, found, seal)
    if found.state is not SignalState.OPEN:
        return _plain(_answered(around, found))
    if all(one.due and one.decided_by for one in found.signals if one.state is SignalState.OPEN):
        at = next((one.due for one in found.signals if one.due), now)
        return _plain(_("{what} I ask again on {at}.", what=_summary(found), at=day_and_time(at, zone)))
    if found.question.ask is Ask.DOUBT or found.person is None:
        return _doubt(found, seal)
    return _open(around, found, found.person, seal, now)


def opened_by(source: str) -> str:
    """What opened a request by itself, where policy trusts it."""
    return _(_WHO[Source(source)]) if source in set(Source) else source


def again(found: Asking) -> Card:
    """An older message about a question that was asked anew."""
    return _plain(_("{what} I asked again: the newest message about it has the buttons.", what=_summary(found)))


def gone() -> Card:
    """The message about a list of which nothing is left to answer."""
    return _plain(_("This was answered. I ask about each of them by itself."))


def _open(around: Around, found: Asking, person: Person, seal: Seal, now: datetime) -> Card:
    text = _question(found, person, around.policy, now)
    manager = around.crew.people.get(person.manager) if person.manager else None
    facts = [
        (_("Who"), ", ".join(filter(None, (person.name, person.title, person.email, person.id)))),
        (_("Manager"), manager.name if manager else _("nobody")),
    ]
    pieces: list[Piece] = [Heading(_("Is somebody leaving?")), Text(text), Facts(tuple(facts))]
    lines = tuple(dict.fromkeys(_said(one) for one in found.signals if one.state is SignalState.OPEN))
    if len(lines) > 1:
        pieces.append(Lines(lines, _("What I heard")))
    if len({one.ends for one in found.signals if one.state is SignalState.OPEN and one.ends}) > 1:
        pieces.append(Text(_("They do not name the same day. If you are not sure, ask before you answer.")))
    if doubt := warning(person, around.crew.people.values()):
        pieces.append(Text(doubt))
    pieces += _row(found, person, around.policy, seal, now)
    return Card(text, tuple(pieces))


_ASKS = {
    Ask.START: "{who} says that the last day of {name} is {day}. Start the offboarding?",
    Ask.MOVE: "{who} now says that the last day of {name} is {day}. {id} is planned for {planned}. Move it?",
    Ask.CANCEL: "{who} no longer says that {name} leaves. {id} is planned for {planned}. Cancel it?",
    Ask.LATE: "{who} says that the account of {name} was switched off already. {id} is planned for {planned}.",
    Ask.BEGUN: "{who} no longer says that {name} leaves. But {id} has begun: access was taken away, and I give nothing "
    "back by myself.",
}
_WAS = "{who} says that the last day of {name} was {day}. Start the offboarding?"
_OFF = "{who} says that the account of {name} was switched off. Does {name} leave?"
_TOO_LATE = (
    "{who} now says that the last day of {name} is {day}. But {id} has begun: access was taken away, and I give "
    "nothing back by myself."
)


def _question(found: Asking, person: Person, policy: Policy, now: datetime) -> str:
    at, request = found.question, found.question.request
    words = _ASKS[at.ask]
    if at.ask is Ask.START and at.ends is None:
        words = _OFF
    elif at.ask is Ask.START and _past(person, at.ends, policy, now):
        words = _WAS
    elif at.ask is Ask.BEGUN and at.ends:
        words = _TOO_LATE
    return _(
        words,
        who=_(_WHO[who]) if (who := _named_by(found)) else "",
        name=person.name,
        day=_day(at.ends) if at.ends else "",
        id=request.id if request else "",
        planned=day_and_time(request.starts_at, person.zone) if request else "",
    )


def _named_by(found: Asking) -> Source | None:
    """Who named the day that is asked about: not whoever spoke last, of an account for example."""
    at = found.question
    named = [one.source for one in found.signals if one.sign is Sign.LEAVES and one.ends and one.ends == at.ends]
    return named[-1] if named and at.ask in {Ask.START, Ask.MOVE} else at.source


def _row(found: Asking, person: Person, policy: Policy, seal: Seal, now: datetime) -> Iterable[Piece]:
    ask, ends = found.question.ask, found.question.ends
    later = Button(_("Later"), "signal_later", seal["signal_later"], hint=_("Ask me again tomorrow at nine"))
    if ask is Ask.START:
        yes = Button(_("Yes, as said"), "signal_yes", seal["signal_yes"], Tone.GOOD)
        other = Button(_("Other date") if ends else _("Yes, choose the date"), "signal_other", seal["signal_other"])
        no = Button(_("Not leaving"), "signal_no", seal["signal_no"], confirm=_sure(person))
        future = ends is not None and not _past(person, ends, policy, now)
        yield Buttons((yes, other, no, later) if future else (other, no, later))
        yield Small(_("Yes only prepares it: I look, show the plan, and ask the people who decide."))
    elif ask in {Ask.MOVE, Ask.CANCEL}:
        words = _("Yes, move it") if ask is Ask.MOVE else _("Yes, cancel it")
        yes = Button(words, "signal_follow", seal["signal_follow"], Tone.GOOD)
        yield Buttons((yes, Button(_("Leave it as it is"), "signal_no", seal["signal_no"]), later))
        if ask is Ask.MOVE:
            yield Small(_("If it is moved, the people who decide are asked again."))
    else:
        show = (
            Button(_("Show {id}", id=found.question.request.id), "show", seal["show"])
            if found.question.request
            else None
        )
        known = Button(_("I know"), "signal_no", seal["signal_no"], Tone.GOOD)
        yield Buttons((show, known) if show else (known,))


def _sure(person: Person) -> str:
    return _("{name} stays, and nothing begins. Is that right?", name=person.name)


def _doubt(found: Asking, seal: Seal) -> Card:
    living = [one for one in found.signals if one.state is SignalState.OPEN]
    text = _("I was told about somebody leaving and cannot tell who is meant. Nothing has begun. Please look:")
    lines = [_said(one) for one in living]
    pieces: list[Piece] = [Heading(_("Who is meant?")), Text(text), Lines(_few(lines))]
    pieces.append(Small(_("If somebody leaves, type /offboard and their name. If the roster is wrong, correct it.")))
    pieces.append(Buttons((Button(_("I looked at it"), "signal_no", seal["signal_no"], Tone.GOOD),)))
    return Card(text, tuple(pieces))


def _held(around: Around, found: Asking, seal: Seal) -> Card:
    living = [one for one in found.signals if one.state is SignalState.HELD]
    names = [f"{_name(around, one.person)}: {_said(one)}" for one in living]
    text = _(
        "{n} more people are said to leave, all within an hour. That is unusual, so I ask first: can it be right?",
        n=len(living),
    )
    sure = _("None of these {n} people leaves, and nothing begins. Is that right?", n=len(living))
    row = (
        Button(_("Ask me about each"), "held_ask", seal["held_ask"], Tone.GOOD),
        Button(_("It is a mistake: none leaves"), "held_none", seal["held_none"], Tone.DANGER, confirm=sure),
    )
    return Card(text, (Heading(_("So many at once?")), Text(text), Lines(_few(names)), Buttons(row)))


def _answered(around: Around, found: Asking) -> str:
    newest = found.signals[-1]
    what = _summary(found)
    by = _name(around, newest.decided_by) if newest.decided_by else ""
    match newest.state:
        case SignalState.CONFIRMED if by and newest.request:
            return _("{what} {by} answered: {id}.", what=what, by=by, id=newest.request)
        case SignalState.CONFIRMED if newest.request:
            return _("{what} It is {id}. Nothing more is needed.", what=what, id=newest.request)
        case SignalState.DISMISSED if by:
            return _("{what} {by} answered: nothing is to be done.", what=what, by=by)
    return _("{what} That is no longer so. Nothing is to be done.", what=what)


def _summary(found: Asking) -> str:
    if found.person is None:
        return _("{n} messages in which nobody could be recognised.", n=len(found.signals))
    told = [one for one in found.signals if one.sign is not Sign.STAYS] or list(found.signals)
    return _("{name}: {said}.", name=found.person.name, said=_said(told[-1]))


def _said(one: Signal) -> str:
    who = _(_WHO[one.source])
    match one.sign:
        case Sign.LEAVES if one.ends:
            return _("{who} says {day}", who=who, day=_day(one.ends))
        case Sign.STAYS:
            return _("{who} no longer names a last day that is near", who=who)
        case Sign.DOUBT:
            return _("{who}: {said}", who=who, said=one.said)
    return _("{who} says that the account was switched off", who=who)


def _past(person: Person, ends: date | None, policy: Policy, now: datetime) -> bool:
    return ends is not None and leaving_time(policy, person, ends) <= now


def _day(day: date) -> str:
    """Friday 27 November 2026, without a zero before the day."""
    return f"{day:%A} {day.day} {day:%B} {day.year}"


def _few(lines: list[str]) -> tuple[str, ...]:
    rest = len(lines) - MOST
    return (*lines[:MOST], _("and {n} more", n=rest)) if rest > 0 else tuple(lines)


def _name(around: Around, person: PersonId | None) -> str:
    found = around.crew.people.get(person) if person else None
    return found.name if found else str(person or "")


def _plain(text: str) -> Card:
    return Card(text, (Text(text),))
