"""What is asked of one person in a direct message: an approval, a task, a successor, help with a stuck step."""

from __future__ import annotations

from collections.abc import Mapping

from bot.chat.cards import fallout, frame, locks, rescans
from bot.chat.cards.names import warning
from bot.chat.cards.steps import facts, state_words, what
from bot.chat.cards.thread import plan_pieces, state_line, title, when
from bot.chat.cards.words import _, day_and_time, listed, people
from bot.chat.port import Button, Buttons, Card, Facts, Heading, Lines, Piece, Small, Text, Tone
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import PersonId, Task
from bot.domain.planning import NO_ACCOUNT, NOT_CONNECTED
from bot.domain.request import Step
from bot.engine.view import View


def approval(view: View, person: PersonId, buttons: Mapping[str, str]) -> Card:
    """The exact plan, and the buttons; once decided, who and when instead of buttons."""
    request = view.request
    head: list[Piece] = [
        Heading(_("Your decision: {title}", title=title(view))),
        Facts(
            (
                (_("Who"), f"{view.subject.name}, {view.subject.title}"),
                (_("When"), when(view)),
                (_("Asked by"), rescans.asked_by(view)),
                (_("Needed"), _needed(view)),
            ),
        ),
    ]
    if doubt := warning(view.subject, view.crew.people.values()):
        head.append(Text(doubt))
    if away := stood_in_for(view, person):
        words = "{names} is away, so you are asked." if len(away) == 1 else "{names} are away, so you are asked."
        head.append(Text(_(words, names=listed(away))))
    if request.note:
        head.append(Text(request.note, lead=_("Note")))
    tail: list[Piece] = [Text(said) for said in _decisions(view)]
    mine = frame.mine(view, person)
    if request.state is RequestState.AWAITING_APPROVAL and mine is None:
        question = _(
            "{name} will lose the access listed here. When: {when}. Approve?", name=view.subject.name, when=when(view)
        )
        one_no = _("One no ends {id} for everybody. Nothing will be changed. Deny?", id=request.id)
        tail.append(
            Buttons(
                (
                    Button(_("Approve"), "approve", buttons["approve"], Tone.GOOD, confirm=question),
                    Button(_("Deny"), "deny", buttons["deny"], Tone.DANGER, confirm=one_no),
                    Button(_("Open"), "show", buttons["show"], hint=_("Open the thread of this request")),
                ),
            ),
        )
    else:
        tail.append(Text(_outcome(view)))
        if mine is not None and mine.yes and request.state in frame.BEFORE_START:
            tail.append(frame.take_back(buttons))
    return Card(_("Your decision is needed: {title}.", title=title(view)), (*head, *plan_pieces(view), *tail))


def _needed(view: View) -> str:
    """How many must approve, and of whom: who is asked wants to know who else is."""
    names = listed(view.name(one) for one in view.request.approvers)
    if len(view.request.approvers) < 2:
        return people(view.request.quorum)
    return _("{n} of these: {names}", n=view.request.quorum, names=names)


def stood_in_for(view: View, person: PersonId) -> tuple[str, ...]:
    """The names of those who are away, for whom this person is asked."""
    crew, today, subject = view.crew, view.now.date(), view.request.subject
    boss = crew.people[subject].manager if subject in crew.people else None
    first = [boss] if boss and boss in crew.people and crew.people[boss].manager == person else []
    first += [system.owner for system in view.policy.systems.values() if system.deputy == person]
    away = [one for one in dict.fromkeys(first) if crew.working(one, today) and not crew.here(one, today)]
    return tuple(view.name(one) for one in away)


def _decisions(view: View) -> list[str]:
    said = []
    for one in view.approvals:
        if one.digest != view.request.digest or len(one.items) == 1 < len(view.steps):
            continue
        verb = _("approved") if one.yes else _("denied")
        if one.withdrawn_at:
            verb = _("took the approval back")
        at = day_and_time(one.withdrawn_at or one.at, view.policy.zone)
        said.append(_("{name} {verb} on {at}.", name=view.name(one.person), verb=verb, at=at))
    return said


def _outcome(view: View) -> str:
    words = {
        RequestState.AWAITING_APPROVAL: _("Thank you. More approvals are needed; nothing starts before them."),
        RequestState.APPROVED: _("Approved."),
        RequestState.SCHEDULED: _("Approved. It starts {when}.", when=when(view)),
        RequestState.RUNNING: _("Approved, and running."),
        RequestState.CLOSED: _("Approved, and finished."),
        RequestState.DENIED: _("Denied: one no ends it. {rest}", rest=locks.untouched(view)),
        RequestState.WITHDRAWN: _("Cancelled. Nothing is left to decide."),
    }
    return words.get(view.request.state, _("Nothing is left to decide."))


def task(view: View, step: Step, buttons: Mapping[str, str]) -> Card:
    """What a person is asked to do, until when, and how to say that it is done."""
    system = view.system(step.system)
    text = _(
        "Please: {what} ({system}, for {id}, {name})",
        what=what(step, view),
        system=system,
        id=view.request.id,
        name=view.subject.name,
    )
    asked = step.state is StepState.READY and isinstance(step.action, Task)
    title_words = _("Please: {what}", what=what(step, view)) if asked else what(step, view)
    pieces: list[Piece] = [Heading(title_words)]
    how = step.action.how if isinstance(step.action, Task) else ""
    if how:
        pieces.append(Text(_(how)))
    about: list[tuple[str, str]] = [(_("System"), system), (_("For"), title(view))]
    if how.startswith((NO_ACCOUNT, NOT_CONNECTED)):  # two people may have one name, never one address
        about.append((_("Look for"), _("{name}, {email}", name=view.subject.name, email=view.subject.email)))
    if step.deadline:
        about.append((_("Until"), day_and_time(step.deadline, view.policy.zone)))
    pieces.append(Facts(tuple(about)))
    if step.state is StepState.READY and isinstance(step.action, Task):
        if step.action.evidence:
            pieces.append(Small(_("When it is done, please say: {what}.", what=_(step.action.evidence).rstrip("."))))
        pieces.append(Buttons((Button(_("Done"), "done", buttons["done"], Tone.GOOD, hint=what(step, view)),)))
    else:
        pieces.append(
            Text(_("Nothing is asked of you here now. How it stands: {state}.", state=state_words(step, view)))
        )
    return Card(text, tuple(pieces))


def item(view: View, step: Step, buttons: Mapping[str, str]) -> Card:
    """One thing that appeared after the approval and cannot be undone."""
    system = view.system(step.system)
    text = _(
        "New since you approved {id}: {what} in {system}", id=view.request.id, what=what(step, view), system=system
    )
    pieces: list[Piece] = [Heading(_("New since the approval")), Text(text), Lines(facts(step, view))]
    if step.state is StepState.HELD:
        pieces.append(
            Buttons(
                (
                    Button(_("Remove it"), "item_yes", buttons["item_yes"], Tone.GOOD),
                    Button(_("Leave it"), "item_no", buttons["item_no"]),
                ),
            ),
        )
    else:
        pieces.append(Text(state_words(step, view)))
    return Card(text, tuple(pieces))


def stuck(view: View, step: Step, buttons: Mapping[str, str]) -> Card:
    """A step that only a person can move: what is wrong, and what can be done about it."""
    system = view.system(step.system)
    did = what(step, view)
    text = _("Stuck in {id}: {did} in {system}.", id=view.request.id, did=did, system=system)
    pieces: list[Piece] = [Heading(_("A step is stuck")), Text(text)]
    text = f"{text} {step.error}"
    if step.state is StepState.PARKED:
        facts_of = ((_("Cause"), fallout.cause(view, step)), (_("Next try"), fallout.next_try(view, step)))
        pieces.append(Facts(facts_of))
        if step.error_kind == "permission":
            pieces.append(Small(_("Once it is allowed I notice within minutes and go on by myself.")))
        if step.error_kind == "absent":
            pieces.append(Small(_("Once it is connected again I notice within minutes and go on by myself.")))
        pieces += fallout.with_meaning(fallout.row(step, buttons))
    else:
        pieces.append(Text(state_words(step, view)))
    return Card(text, tuple(pieces))


def approval_reminder(view: View, person: PersonId, buttons: Mapping[str, str]) -> Card:
    """A word to somebody who was asked to decide and has not: the whole question again, with its buttons."""
    asked = approval(view, person, buttons)
    text = _("A reminder: {title} waits for your decision.", title=title(view))
    if view.request.state is not RequestState.AWAITING_APPROVAL or frame.mine(view, person) is not None:
        text = _("{title}: thank you, nothing is asked of you any more.", title=title(view))
        return Card(text, (Text(text),))
    return Card(text, (Text(text), *asked.pieces))


def told(view: View, outcome: str, by: str | None) -> Card:
    """What the requester hears when it was decided, and when it is over."""
    name = view.name(by)
    said = {
        "approved": _("{title}: approved by {name}.", title=title(view), name=name),
        "denied": _(
            "{title}: denied by {name}. {rest} Speak with {name}; you may ask again with /offboard.",
            rest=locks.untouched(view),
            title=title(view),
            name=name,
        ),
        "closed": _("{title}: {state}", title=title(view), state=state_line(view)),
    }[outcome]
    return Card(said, (Text(said),))
