"""The fallout desk: what is stuck, why, when it is tried next, what a person can do; and what is told of silence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from bot.chat.cards.steps import state_words, what
from bot.chat.cards.thread import title, when
from bot.chat.cards.trouble import soon
from bot.chat.cards.words import _, counted, day_and_time, lasted, listed
from bot.chat.port import (
    Button,
    Buttons,
    Card,
    DateField,
    Facts,
    Form,
    Heading,
    Lines,
    Menu,
    Option,
    Piece,
    Small,
    Text,
    Tone,
)
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import PersonId, SystemKey, Trigger, Wave
from bot.domain.request import Step, StepKind
from bot.engine import chain
from bot.engine.desk import is_stuck
from bot.engine.stopped import inside
from bot.engine.view import View

Seal = Callable[..., str]
_MOST = 20  # steps in one card; the report has all of them

CAUSES = {
    "permission": "Usher is not allowed to do this there. Whoever looks after {system} must allow it.",
    "credential": "{system} does not let Usher in any more. Whoever looks after it must renew Usher's key there.",
    "throttled": "{system} asked Usher to go slower. It goes on by itself.",
    "transient": "{system} did not answer as it should. That is most likely over soon.",
    "permanent": "{system} refused this. Trying again will not help by itself.",
    "gone": "{system} does not know this any more.",
    "contradicted": "{system} said yes, but a fresh look still shows it.",
    "absent": "Usher is not connected to {system} any more. Whoever runs Usher must connect it again.",
    "bug": "Something unexpected happened inside Usher. Whoever runs Usher finds it in the log.",
}


def cause(view: View, step: Step) -> str:
    """Why it does not get on, by the class of the trouble, and what the system said."""
    words = CAUSES.get(step.error_kind, "")
    plain = _(words, system=view.system(step.system)) if words else ""
    return " ".join(filter(None, (plain, step.error)))


def next_try(view: View, step: Step) -> str:
    """When it is tried next by itself, or that only a person can move it."""
    if step.state is StepState.PARKED and step.due is None:
        return _("Only when somebody presses Retry now.")
    if step.due and step.due > view.now:
        at = soon(step.due, view.now, view.policy.zone)
        return _("{at} ({zone})", at=at, zone=view.policy.zone)
    return _("now")


def row(step: Step, buttons: Mapping[str, str]) -> tuple[Button, ...]:
    """What a person can do about a step that does not get on."""
    found = []
    by_hand = step.kind is StepKind.APPLY
    if is_stuck(step):
        found.append(Button(_("Retry now"), "try_again", buttons["try_again"], Tone.GOOD))
        if by_hand:
            hint = _("You do it yourself, and then say how one can see it")
            found.append(Button(_("Do it by hand"), "done", buttons["done"], hint=hint))
    if step.wave is not Wave.CONTAIN and step.kind is not StepKind.READ and step.state is not StepState.APPLIED:
        found.append(Button(_("Hold"), "put_off", buttons["put_off"], hint=_("Put it off until a day")))
    found.append(Button(_("Escalate"), "escalate", buttons["escalate"], hint=_("Tell the next person now")))
    if step.kind is not StepKind.READ:
        hint = _("Leave it open until a day; a second person must agree")
        found.append(Button(_("Waive"), "waive", buttons["waive"], hint=hint))
    return tuple(found)


def one(view: View, step: Step, buttons: Mapping[str, str]) -> Card:
    """One step with everything that is known about its trouble, and its buttons."""
    did, system = what(step, view), view.system(step.system)
    text = _("{id}: something is in the way of: {what} ({system}).", id=view.request.id, what=did, system=system)
    pieces: list[Piece] = [Heading(did), Facts(tuple(_known(view, step)))]
    if step.ended:
        return Card(text, (*pieces, Text(state_words(step, view))))
    return Card(text, (*pieces, *with_meaning(row(step, buttons))))


def with_meaning(found: tuple[Button, ...]) -> tuple[Piece, ...]:
    """The buttons, and below them what each does, for whoever sees them for the first time."""
    said = " ".join(_("{label}: {hint}.", label=one.label, hint=one.hint) for one in found if one.hint)
    return Buttons(found), Small(said)


def _known(view: View, step: Step) -> list[tuple[str, str]]:
    pairs = [(_("System"), view.system(step.system)), (_("For"), title(view))]
    if is_stuck(step):
        pairs += [(_("Cause"), cause(view, step)), (_("Next try"), next_try(view, step))]
    else:
        pairs.append((_("How it stands"), state_words(step, view)))
    if step.first_tried_at:
        since = day_and_time(step.first_tried_at, view.policy.zone)
        often = counted(max(step.tries, 1), "once", "{n} times")
        pairs.append((_("Since"), _("{at}, tried {often}", at=since, often=often)))
    if step.deadline:
        pairs.append((_("Until"), day_and_time(step.deadline, view.policy.zone)))
    return pairs


def stuck_in(view: View, system: str) -> tuple[Step, ...]:
    """What does not get on in a system."""
    return tuple(step for step in (*view.newest_reads, *view.steps) if step.system == system and is_stuck(step))


def desk(view: View, system: SystemKey, buttons: Callable[[Step], Mapping[str, str]], seal: Seal) -> Card:
    """Everything that is stuck in one system, with buttons; and that it is over once it is."""
    waits = stuck_in(view, system)
    name = view.system(system)
    if not waits or view.request.state is not RequestState.RUNNING:
        text = _("{id}: nothing is stuck in {system} any more.", id=view.request.id, system=name)
        return Card(text, (Text(text),))
    if len(waits) == 1:
        return one(view, waits[0], buttons(waits[0]))
    text = _("{id}: {n} steps in {system} do not get on.", id=view.request.id, n=len(waits), system=name)
    items = tuple(
        _("{what} — {cause} Next try: {at}", what=what(s, view), cause=cause(view, s), at=next_try(view, s))
        for s in waits[:_MOST]
    )
    pieces: list[Piece] = [Heading(text), Lines(items)]
    everything = seal("retry_all", view.request.id, system)
    pieces.append(Buttons((Button(_("Retry all now"), "retry_all", everything, Tone.GOOD),)))
    options = tuple(Option(s.id, what(s, view)) for s in waits[:_MOST])
    pieces.append(Menu(_("More for one of them"), "stuck_step", seal("stuck_step", view.request.id), options))
    return Card(text, tuple(pieces))


def put_off_form(did: str, system: str, longest: int, zone: str, context: str) -> Form:
    """Until when a step is left alone."""
    return Form(
        _("Hold this"),
        "put_off",
        _("Hold it"),
        (
            Text(_("{what} ({system})", what=did, system=system)),
            DateField(
                "day",
                _("Until when?"),
                hint=_("At most {n} days. On that day I go on with it. In {zone}.", n=longest, zone=zone),
            ),
        ),
        context,
    )


# ---- what is told of silence ----


def _who_next(view: View) -> list[Piece]:
    """Whom to call now, as policy and runbook say it: by day, or at night."""
    day = view.policy.hours.open_at(view.now, view.policy.zone)
    words = view.runbook.contact if day else view.runbook.after_hours
    pieces: list[Piece] = [Text(words, lead=_("Whom to turn to"))] if words else []
    if view.policy.engineering.on_call and not day:
        pieces.append(Text(view.policy.engineering.on_call, lead=_("On call")))
    return pieces


def escalated(
    view: View,
    steps: Sequence[Step],
    told: Mapping[str, Sequence[PersonId]],
    buttons: Callable[[Step], Mapping[str, str]],
    seal: Seal,
) -> Card:
    """What somebody hears because others were silent: who, what, where, how urgent, since when, what was tried."""
    open_yet = [step for step in steps if not step.ended]
    if not open_yet:
        text = _("{title}: what you were told about is done by now. Thank you.", title=title(view))
        return Card(text, (Text(text),))
    systems = listed(dict.fromkeys(view.system(step.system) for step in open_yet))
    text = _("This needs you: {title}, in {systems}. Others were asked and it is still open.",
             title=title(view), systems=systems)  # fmt: skip
    pieces: list[Piece] = [Heading(_("Still open, and past its time")), Text(text)]
    for step in open_yet[:_MOST]:
        pieces.append(Facts((*_known(view, step), *_about_silence(view, step, told))))
        if len(open_yet) == 1:
            pieces.append(Buttons(row(step, buttons(step))))
    if len(open_yet) > 1:
        options = tuple(Option(step.id, what(step, view)) for step in open_yet[:_MOST])
        pieces.append(Menu(_("Do something about one"), "stuck_step", seal("stuck_step", view.request.id), options))
    return Card(text, (*pieces, *_who_next(view)))


def _about_silence(view: View, step: Step, told: Mapping[str, Sequence[PersonId]]) -> list[tuple[str, str]]:
    asked = listed(dict.fromkeys(view.name(one) for one in (step.assignee, *told.get(step.id, ())) if one))
    late = view.now - step.deadline if step.deadline and step.deadline <= view.now else None
    pairs = [(_("What"), what(step, view)), (_("Whose access"), f"{view.subject.name}, {view.subject.title}")]
    if late is not None:
        pairs.append((_("Late by"), lasted(late)))
    how = _("Urgent: it cannot wait for the morning") if chain.urgent(step) else _("It can wait for working hours")
    return [*pairs, (_("How urgent"), how), (_("Told so far"), asked or _("nobody"))]


def undecided(view: View, since: datetime, buttons: Mapping[str, str]) -> Card:
    """What others hear because nobody decides about a removal: it does not end by itself."""
    if view.request.state is not RequestState.AWAITING_APPROVAL:
        text = _("{title}: this was decided meanwhile. Thank you.", title=title(view))
        return Card(text, (Text(text),))
    names = listed(view.name(person) for person in _silent(view))
    text = _(
        "{title} waits for a decision since {at}. Nothing changes before it. Waiting for: {names}.",
        title=title(view),
        at=day_and_time(since, view.policy.zone),
        names=names or _("nobody who works here"),
    )
    pieces: list[Piece] = [
        Heading(_("Nobody has decided")),
        Text(text),
        Facts(((_("When"), when(view)), (_("Asked by"), view.name(view.request.requester)))),
        Small(_("Please speak with them. If you may decide yourself, you have a message of your own about it.")),
        Buttons((Button(_("Open"), "show", buttons["show"], hint=_("Open the thread of this request")),)),
    ]
    return Card(text, (*pieces, *_who_next(view)))


def stopped(view: View, buttons: Mapping[str, str]) -> Card:
    """What somebody stopped and nobody let go on: since when, and whether what is dangerous had ended before."""
    request = view.request
    if request.state is not RequestState.RUNNING or request.stopped_at is None:
        text = _("{title}: it is not stopped any more. Thank you.", title=title(view))
        return Card(text, (Text(text),))
    text = _("{title} is stopped since {at}.", title=title(view), at=day_and_time(request.stopped_at, view.policy.zone))
    text = f"{text} {inside_words(view)}".rstrip()
    left = sum(not step.ended for step in view.steps)
    by = [entry.facts["by"] for entry in view.journal if entry.kind == "request.stopped"]
    facts = (
        (_("Stopped by"), view.name(by[-1] if by else None)),
        (_("Still to be done"), counted(left, "1 item", "{n} items")),
    )
    row = (
        Button(_("Go on"), "go_on", buttons["go_on"], Tone.GOOD),
        Button(_("Open"), "show", buttons["show"], hint=_("Open the thread of this request")),
    )
    return Card(text, (Heading(_("Still stopped")), Text(text), Facts(facts), Buttons(row), *_who_next(view)))


def inside_words(view: View) -> str:
    """Whether what ends at once had ended before it was stopped; nothing where nothing is locked."""
    if view.request.trigger is Trigger.RESTORE:
        return ""
    if view.request.contained_at:
        return _("What ends first has ended.")
    if inside(view.request, view.now):
        return _("What must end first has NOT ended: {name} may still get in.", name=view.subject.name)
    return _("Nothing had to end yet.")


def _silent(view: View) -> tuple[PersonId, ...]:
    given = {a.person for a in view.approvals if a.withdrawn_at is None and a.digest == view.request.digest}
    return tuple(person for person in view.request.approvers if person not in given)
