"""Time-boxed access in words: what was asked for, until when, and that it was seen given and seen gone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.chat.cards import frame, thread, thread_lines
from bot.chat.cards.steps import what as did
from bot.chat.cards.words import _, clock, day_and_time, listed
from bot.chat.port import Button, Buttons, Card, Facts, Heading, Piece, Small, Text, Tone
from bot.domain.lifecycle import NOT_STARTED, RequestState, StepState
from bot.domain.model import Assign, PersonId, Revoke
from bot.domain.policy import Offer
from bot.domain.request import Approval, Step
from bot.engine.borrow import in_words
from bot.engine.view import View

_SHORT = timedelta(minutes=10)

_WHY = {
    "already": "{name} has this already, and not through me. So nothing is given, and nothing will be taken away.",
    "unread": "{system} could not be read, so I cannot tell whether {name} has this already. Try again later.",
    "no account": "I see no account of {name} in {system} that works. Nothing can be given.",
    "cannot": "{system} offers no way to give and take back this. Ask {owner}.",
    "nobody": "Nobody is left who could approve this. Ask an admin to add somebody.",
    "leaving": "This can no longer be given.",  # why, is told by whoever tells them, and to nobody else
}


def offer_of(view: View) -> Offer:
    """What was asked for."""
    return view.policy.access.offers[view.request.offer]


def ends(moment: datetime, zone: str, now: datetime, *, seconds: bool = False) -> str:
    """Today 17:00 (Paris); the day where it is another one."""
    local, today = moment.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone)).date()
    city = zone.rsplit("/", 1)[-1].replace("_", " ")
    time = f"{local:%H:%M:%S}" if seconds else f"{local:%H:%M}"
    if local.date() == today:
        return _("today {time} ({city})", time=time, city=city)
    if local.date() == today + timedelta(days=1):
        return _("tomorrow {time} ({city})", time=time, city=city)
    return _("{day}, {time} ({city})", day=f"{local:%a %d %b %Y}", time=time, city=city)


def exactly(moment: datetime, zone: str) -> str:
    """Fri 27 Nov 2026, 17:00 (Europe/Paris), 16:00 UTC: the same instant twice, so that nobody needs to guess."""
    same = moment.astimezone(ZoneInfo(zone)).utcoffset() == timedelta(0)
    said = day_and_time(moment, zone)
    return said if same else _("{said}, {time} UTC", said=said, time=f"{moment.astimezone(ZoneInfo('UTC')):%H:%M}")


def how_long(view: View) -> str:
    """Until when, or for how long from the approval on."""
    request = view.request
    length = request.wanted.length if request.wanted else None
    if length is not None and request.decided_at is None:
        return _("for {length}, from the approval on", length=in_words(length))
    return _("until {at}", at=exactly(request.until or request.created_at, view.subject.zone))


def _end(view: View) -> str:
    request = view.request
    until = request.until or view.now
    short = until - (request.started_at or request.created_at) < _SHORT
    return ends(until, view.subject.zone, view.now, seconds=short)


def _steps(view: View) -> tuple[Step | None, Step | None]:
    """The gift, and its end; the last one, where it was made anew."""
    give = next((step for step in view.steps if isinstance(step.action, Assign)), None)
    return give, next((step for step in reversed(view.steps) if isinstance(step.action, Revoke)), None)


def lent(view: View) -> bool:
    """Whether it is given, or being given, and its end is still ahead."""
    back = _steps(view)[1]
    return view.request.state is RequestState.RUNNING and back is not None and back.state is StepState.WAITING


def state_line(view: View) -> str:
    """Where it stands, in one sentence."""
    request = view.request
    match request.state:
        case RequestState.SUBMITTED | RequestState.PLANNING:
            return _("Looking at {system} first.", system=view.system(offer_of(view).system))
        case RequestState.AWAITING_APPROVAL:
            return _asked(view)
        case RequestState.WITHDRAWN:
            return _withdrawn(view)
        case RequestState.DENIED:
            return _("Denied. Nothing was given.")
        case RequestState.EXPIRED:
            return _("Nobody answered in time. Nothing was given.")
        case _:
            return _going(view)


def _asked(view: View) -> str:
    request = view.request
    yes = {a.person for a in view.approvals if a.yes and not a.withdrawn_at and a.digest == request.digest}
    return _(
        "Waiting for approval: {n} of {need} so far. Asked: {names}. Without an answer it is over {at}.",
        n=len(yes),
        need=request.quorum,
        names=listed(view.name(person) for person in request.approvers),
        at=ends(request.expires_at or view.now, view.subject.zone, view.now),
    )


def _withdrawn(view: View) -> str:
    why = next((e.facts["why"] for e in reversed(view.journal) if e.kind == "request.withdrawn"), "")
    if why not in _WHY:
        return _("Cancelled. Nothing was given.")
    system = view.policy.systems[offer_of(view).system]
    return _(_WHY[why], name=view.subject.name, system=system.name, owner=view.name(system.owner))


def _going(view: View) -> str:
    give, back = _steps(view)
    if give is None or back is None or not (give.ended or back.ended):
        return _("Approved. It is being given. Ends {at}.", at=_end(view))
    failed = give.state in {StepState.FAILED, StepState.DROPPED}
    why = _("Could not be given: {why}", why=give.error or _("it was not needed any more.")) if failed else ""
    if back.state is StepState.DROPPED:
        return why or _("It was there already when this began: nothing was given, and nothing is taken away.")
    if back.state is StepState.WAITING:
        return why or _("Given. Ends {at}.", at=_end(view))
    return f"{why} {_ending(view, back, given=not failed)}".strip()


def _ending(view: View, back: Step, *, given: bool) -> str:
    seen = clock(back.ended_at or view.now, view.subject.zone)
    match back.state:
        case StepState.CONFIRMED if not given:
            return _("Looked again: it is not there, seen at {seen}.", seen=seen)
        case StepState.CONFIRMED:
            return _("Over: seen gone at {seen}.", seen=seen)
        case StepState.PARKED:
            asked = view.name(back.assignee)
            return _(
                "Its time is over, and taking it back is stuck: {why} {asked} was asked.", why=back.error, asked=asked
            )
        case StepState.ATTESTED:
            return _("Over: {name} took it back by hand.", name=view.name(back.ended_by))
    return _("Its time is over: it is being taken back.")


def _about(view: View) -> Facts:
    offer = offer_of(view)
    right = f"{offer.entitlement.label}, {view.system(offer.system)}"
    return Facts(
        (
            (_("Who"), f"{view.subject.name}, {view.subject.title}"),
            (_("What"), _("{words} ({right})", words=offer.words, right=right)),
            (_("How long"), how_long(view)),
            (_("Asked by"), view.name(view.request.requester)),
        ),
    )


def root(view: View, buttons: Mapping[str, str]) -> Card:
    """The head of the thread, updated as things move."""
    return frame.head(view, state_line(view), [_about(view)], _controls(view, buttons))


def _controls(view: View, buttons: Mapping[str, str]) -> Iterable[Button]:
    if view.request.state in NOT_STARTED:
        question = _("Cancel {id}? Nothing was given so far, and nothing will be.", id=view.request.id)
        yield Button(_("Cancel request"), "cancel", buttons["cancel"], confirm=question)
    if lent(view):
        yield Button(_("Extend"), "extend", buttons["extend"])
        yield _give_back(view, buttons)


def _give_back(view: View, buttons: Mapping[str, str]) -> Button:
    question = _("{name} loses “{words}” now. Go on?", name=view.subject.name, words=offer_of(view).words)
    return Button(_("Give back now"), "give_back", buttons["give_back"], confirm=question)


def approval(view: View, person: PersonId, buttons: Mapping[str, str]) -> Card:
    """The question, and the buttons; once decided, how it stands."""
    request, offer, title = view.request, offer_of(view), thread.title(view)
    pieces: list[Piece] = [Heading(_("Your decision: {title}", title=title)), _about(view)]
    if offer.entitlement.why or offer.entitlement.privileged:
        pieces.append(Text(_(offer.entitlement.why) or _("It is powerful."), lead=_("Mind")))
    if request.reason:
        pieces.append(Text(request.reason, lead=_("Why")))
    pieces.append(Small(_("It is taken back by itself at the end, whatever happens in between.")))
    mine = frame.mine(view, person)
    if request.state is RequestState.AWAITING_APPROVAL and mine is None:
        pieces += [Text(state_line(view)), Buttons(tuple(_decide(view, buttons)))]
        return Card(_("Your decision is needed: {title}.", title=title), tuple(pieces))
    pieces += [Text(_("{name} {verb}.", name=view.name(a.person), verb=_verb(a))) for a in frame.living(view)]
    pieces.append(Text(state_line(view)))
    if lent(view):
        pieces.append(Buttons((_give_back(view, buttons),)))
    elif mine is not None and mine.yes and request.state is RequestState.AWAITING_APPROVAL:
        pieces.append(frame.take_back(buttons))
    return Card(_("{title}. {state}", title=title, state=state_line(view)), tuple(pieces))


def _verb(one: Approval) -> str:
    return _("approved") if one.yes else _("denied")


def _decide(view: View, buttons: Mapping[str, str]) -> Iterable[Button]:
    question = _("{name} will be given “{words}”, {long}. Approve?", name=view.subject.name, words=offer_of(view).words,
                 long=how_long(view))  # fmt: skip
    one_no = _("One no ends {id}. Nothing will be given. Deny?", id=view.request.id)
    yield Button(_("Approve"), "approve", buttons["approve"], Tone.GOOD, confirm=question)
    yield Button(_("Deny"), "deny", buttons["deny"], Tone.DANGER, confirm=one_no)
    yield Button(_("Open"), "show", buttons["show"], hint=_("Open the thread of this request"))


def held(view: View, buttons: Mapping[str, str]) -> Card:
    """For whoever holds it: what, until when, and the two buttons; redrawn until it is over."""
    text = _("{title}. {state}", title=thread.title(view), state=state_line(view))
    row = tuple(_controls(view, buttons)) if lent(view) else ()
    return Card(text, (Heading(offer_of(view).words), Text(text), *([Buttons(row)] if row else [])))


def ending(view: View, others: Iterable[str], buttons: Mapping[str, str]) -> Card:
    """A word before the end, for all that ends soon."""
    more = tuple(others)
    text = _("“{words}” ends {at} ({id}).", words=offer_of(view).words, at=_end(view), id=view.request.id)
    if more:
        text = _("{text} Soon after or before it also end: {ids}.", text=text, ids=listed(more))
    row = tuple(_controls(view, buttons)) if lent(view) else ()
    return Card(text, (Text(text), *([Buttons(row)] if row else [])))


def more(view: View, body: Mapping[str, Any], buttons: Mapping[str, str]) -> Card:
    """Whether somebody may have more time."""
    until = exactly(datetime.fromisoformat(body["until"]), view.subject.zone)
    asked = view.request.wanted.more if view.request.wanted else None
    text = _("{name} asks for more time: “{words}” until {until}, for {who} ({id}).", name=view.name(body["by"]),
             words=offer_of(view).words, until=until, who=view.subject.name, id=view.request.id)  # fmt: skip
    if asked is None or asked.digest != body["digest"] or not lent(view):
        said = _("{text} It is decided. {state}", text=text, state=state_line(view))
        return Card(said, (Text(said),))
    row = (
        Button(_("Approve"), "more_yes", buttons["more_yes"], Tone.GOOD),
        Button(_("Deny"), "more_no", buttons["more_no"], Tone.DANGER),
    )
    return Card(text, (Heading(_("More time")), Text(text), Buttons(row)))


def told(view: View) -> Card:
    """What whoever asked hears: how it stands now."""
    text = _("{title}. {state}", title=thread.title(view), state=state_line(view))
    return Card(text, (Text(text),))


def line(view: View, step: Step | None, body: Mapping[str, Any]) -> Card:
    """One thing that happened, as one line of the thread."""
    said = _of_step(view, step, body) if step else _of_request(view, body)
    return Card(said, (Text(said),)) if said else thread_lines.line(view, step, body)


def _of_step(view: View, step: Step, body: Mapping[str, Any]) -> str:
    zone = view.subject.zone
    seen = clock(datetime.fromisoformat(body["seen"]), zone) if "seen" in body else ""
    at = clock(step.applied_at, zone) if step.applied_at else ""
    match step.action, body["what"]:
        case Assign(), "confirmed":
            return _("✓ Given at {at}, seen at {seen}. Ends {end}.", at=at, seen=seen, end=_end(view))
        case Assign(), "already":
            return _("It was there already, seen at {seen}. So it will not be taken away.", seen=seen)
        case Assign(), "failed":
            return _("✗ {did}: {why} Nothing more is tried.", did=did(step, view), why=step.error)
        case Revoke(), "confirmed":
            return _("✓ Taken back at {at}, seen gone at {seen}.", at=at, seen=seen)
        case Revoke(), "late":
            system = view.system(step.system)
            return _("! {system} gave late what I had given up. I take it back once more.", system=system)
    return ""


def _of_request(view: View, body: Mapping[str, Any]) -> str:
    name = view.name(body.get("by"))
    until = exactly(datetime.fromisoformat(body["until"]), view.subject.zone) if "until" in body else ""
    said = {
        "approved": _("✓ {name} approved.", name=name),
        "denied": _("✗ {name} denied. Nothing was given.", name=name),
        "started": _("I look once more, then it is given."),
        "expired": _("Nobody answered in time. Nothing was given."),
        "cancelled": _("{name} cancelled the request. Nothing was given.", name=name),
        "given back": _("{name} gives it back.", name=name),
        "more asked": _("{name} asks for more time, until {until}.", name=name, until=until),
        "more given": _("✓ {name} approved more time. Ends {until}.", name=name, until=until),
        "more denied": _("✗ {name} did not approve more time. Ends {end}, as before.", name=name, end=_end(view)),
    }
    return said.get(body["what"], "")
