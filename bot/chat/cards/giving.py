"""A restore and a leave of absence in words: the head of the thread, the plan, the question, the end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.chat.cards import frame, gifts, thread
from bot.chat.cards.steps import state_words, what
from bot.chat.cards.words import _, counted, day_and_time, listed
from bot.chat.port import Button, Buttons, Card, Facts, Lines, Piece, Rule, Small, Text, Tone
from bot.domain.lifecycle import NOT_STARTED, RequestState, StepState
from bot.domain.model import PersonId, Task, Trigger, Wave
from bot.domain.request import CONTAINED, Step
from bot.domain.seats import is_automatic
from bot.engine.view import View

KINDS = frozenset({"root", "plan", "approval", "told", "report"})
TRIGGERS = frozenset({Trigger.RESTORE, Trigger.PAUSE})

_ENDED = {
    "nothing": "Nothing is left to give back: everything is there, or can only be given anew.",
    "leaving": "Ended: this person is being offboarded, so nothing is given back.",
}


def _leave(view: View) -> bool:
    return view.request.trigger is Trigger.PAUSE


def until(view: View) -> str:
    """The end of a leave, where the person works."""
    return day_and_time(view.request.until or view.now, view.subject.zone)


def state_line(view: View) -> str:
    """Where it stands, in one sentence."""
    request = view.request
    match request.state:
        case RequestState.RUNNING if request.stopped_at is None:
            return _going(view)
        case RequestState.CLOSED:
            return _over(view)
        case RequestState.WITHDRAWN:
            why = next((e.facts.get("why", "") for e in reversed(view.journal) if e.kind == "request.withdrawn"), "")
            return _(_ENDED[why]) if why in _ENDED else _("Cancelled. Nothing was changed.")
        case _:
            return thread.state_line(view)


def _going(view: View) -> str:
    waits = [view.name(s.assignee) for s in view.steps if s.assignee and s.state in _ASKED]
    names = listed(dict.fromkeys(waits))
    tail = " " + _("Waiting for {names}.", names=names) if names else ""
    if not _leave(view):
        return _("Giving back: {done} of {all} done.", done=view.done, all=len(view.steps)) + tail
    locks = [step for step in view.steps if step.wave is Wave.CONTAIN]
    backs = [step for step in view.steps if step.wave is not Wave.CONTAIN]
    done = sum(step.ended for step in locks)
    if done < len(locks):
        return _("Locking: {done} of {all} done.", done=done, all=len(locks)) + tail
    if all(step.state is StepState.WAITING for step in backs) and backs:
        return _("On leave: locked, and everything is kept. Unlocked again on {until}.", until=until(view)) + tail
    done = sum(step.ended for step in backs)
    return _("Giving back: {done} of {all} done.", done=done, all=len(backs)) + tail


_ASKED = frozenset({StepState.READY, StepState.HELD, StepState.PARKED})


def _over(view: View) -> str:
    given = [step for step in view.steps if step.wave is not Wave.CONTAIN or not _leave(view)]
    seen = sum(step.state is StepState.CONFIRMED for step in given)
    people = sum(step.state is StepState.ATTESTED for step in given)
    not_given = sum(step.state in {StepState.FAILED, StepState.DROPPED} for step in given)
    said = [_("Finished: {n} given back and seen by a fresh look.", n=seen)]
    if people:
        said.append(counted(people, "1 done by a named person.", "{n} done by named people."))
    if not_given:
        said.append(_("{n} not given.", n=not_given))
    return " ".join(said)


def root(view: View, buttons: Mapping[str, str]) -> Card:
    """The head of the thread, updated as things move."""
    pieces: list[Piece] = [_about(view)]
    failed = [step for step in view.steps if step.state is StepState.FAILED]
    pieces += gifts.few((_what(step, view) for step in failed), _("Could not be given"))
    if view.request.state is RequestState.RUNNING:
        pieces += gifts.few((_what(step, view) for step in view.steps if _shown(step)), _("Still open"))
    return frame.head(view, state_line(view), pieces, _controls(view, buttons))


def _shown(step: Step) -> bool:
    return not step.ended and step.state is not StepState.WAITING


def _what(step: Step, view: View) -> str:
    system, said = view.system(step.system), state_words(step, view)
    return _("{system}: {what} — {state}", system=system, what=what(step, view), state=said)


def _about(view: View) -> Facts:
    request = view.request
    pairs = [(_("Who"), f"{view.subject.name}, {view.subject.title}")]
    if _leave(view):
        pairs += [(_("From"), thread.when(view)), (_("Until"), until(view))]
    else:
        pairs.append((_("Undoes"), str(request.parent)))
        if request.scope == CONTAINED:
            pairs.append((_("What"), _("The wrong person: what was locked is unlocked at once")))
    pairs.append((_("Asked by"), view.name(request.requester)))
    return Facts(tuple(pairs))


def _controls(view: View, buttons: Mapping[str, str]) -> Iterable[Button]:
    request = view.request
    if request.state is RequestState.RUNNING and request.stopped_at:
        yield Button(_("Go on"), "go_on", buttons["go_on"], Tone.GOOD)
    elif request.state is RequestState.RUNNING and not _leave(view):
        question = _("No new step will start; what is at work now is finished first. Stop {id}?", id=request.id)
        yield Button(_("Stop"), "stop", buttons["stop"], Tone.DANGER, confirm=question)
    if request.state is RequestState.RUNNING and _leave(view) and request.until and request.until > view.now:
        sure = _("Everything that was locked for {name} is unlocked now. Go on?", name=view.subject.name)
        yield Button(_("End the leave now"), "leave_end", buttons["leave_end"], Tone.GOOD, confirm=sure)
        yield Button(_("Another day"), "leave_move", buttons["leave_move"])
    if request.state in NOT_STARTED:
        question = _("Cancel {id}? Nothing was changed so far, and nothing will be.", id=request.id)
        yield Button(_("Cancel request"), "cancel", buttons["cancel"], confirm=question)
    if request.state in {RequestState.RUNNING, RequestState.CLOSED}:
        yield Button(_("Open the report"), "report", buttons["report"])


def pieces_of(view: View) -> tuple[Piece, ...]:
    """What people decide about: first what does not come back and what people must do, then what is given."""
    return _leave_pieces(view) if _leave(view) else _restore_pieces(view)


def _restore_pieces(view: View) -> tuple[Piece, ...]:
    rows = gifts.kept(view)
    tasks = [_line(step, view) for step in view.steps if _by_hand(step)]
    given = [_line(step, view) for step in view.steps if not _by_hand(step)]
    return (
        *gifts.lost(rows),
        *gifts.by_people(rows, tasks),
        Rule(),
        *gifts.few(given, _("What I give back")),
        *gifts.left(rows),
        *gifts.unseen(rows),
        Small(_("I give back only what {id} really took, and I look afterwards.", id=str(view.request.parent))),
    )


def _by_hand(step: Step) -> bool:
    return isinstance(step.action, Task) and not is_automatic(step.action)


def _leave_pieces(view: View) -> tuple[Piece, ...]:
    locks = [_line(step, view) for step in view.steps if step.wave is Wave.CONTAIN]
    unseen = [f"{view.system(one.system)}, {_(one.part)}: {_(one.why)}" for one in view.blind]
    soon = _("Locked as soon as it is approved")  # and said so, too, where this is read after the approval
    locked = soon if view.request.immediate else _("Locked from {when}", when=thread.when(view))
    return (
        *gifts.few(locks, locked),
        Text(_("Groups, rights, files and everything else stay as they are.")),
        Text(_("On {until} I unlock what I locked, and look whether it works.", until=until(view))),
        *gifts.few(_stays(view), _("Cannot be locked for a while, so it stays as it is")),
        *gifts.few(unseen, _("What I could not see")),
    )


def _stays(view: View) -> Iterable[str]:
    """What could be ended and never given back."""
    for key, reading in view.readings.items():
        for one in (*reading.credentials.items, *reading.made.items):
            if one.active and not one.restorable:
                yield f"{view.system(key)}: {one.kind} {one.label}"


def _line(step: Step, view: View) -> str:
    end = _(", until {at}", at=day_and_time(step.due, view.subject.zone)) if step.due and not _leave(view) else ""
    return f"{view.system(step.system)}: {what(step, view)}{end}"


def plan(view: View) -> Card:
    """The plan, for the thread."""
    return frame.plan(view, pieces_of(view))


def approval(view: View, person: PersonId, buttons: Mapping[str, str]) -> Card:
    """The question, and the buttons; once decided, how it stands."""
    pieces = (*pieces_of(view), _about(view))
    return frame.approval(view, person, buttons, state_line(view), pieces, _decide(view, buttons))


def _decide(view: View, buttons: Mapping[str, str]) -> Iterable[Button]:
    name = view.subject.name
    if _leave(view):
        sure = _("The accounts of {name} are locked, until {until}. Approve?", name=name, until=until(view))
    else:
        sure = _("{name} gets back what is listed here. Approve?", name=name)
    one_no = _("One no ends {id} for everybody. Nothing will be changed. Deny?", id=view.request.id)
    yield Button(_("Approve"), "approve", buttons["approve"], Tone.GOOD, confirm=sure)
    yield Button(_("Deny"), "deny", buttons["deny"], Tone.DANGER, confirm=one_no)
    yield Button(_("Open"), "show", buttons["show"], hint=_("Open the thread of this request"))


def told(view: View, outcome: str, buttons: Mapping[str, str]) -> Card:
    """What whoever asked hears: how it stands now, and the day before a leave ends."""
    if outcome != "ends soon":
        text = _("{title}. {state}", title=thread.title(view), state=state_line(view))
        return Card(text, (Text(text),))
    text = _("{title} ends {until}: then everything is unlocked.", title=thread.title(view), until=until(view))
    row = tuple(button for button in _controls(view, buttons) if button.action.startswith("leave"))
    return Card(text, (Text(text), *([Buttons(row)] if row else [])))


def finished(view: View, buttons: Mapping[str, str]) -> Card:
    """The end, and where the report is."""
    text = _("{title}. {state}", title=thread.title(view), state=state_line(view))
    return Card(text, (Text(text), Buttons((Button(_("Open the report"), "report", buttons["report"]),))))


def status(view: View, buttons: Mapping[str, str]) -> Card:
    """What `/offboard RST-101` answers: the head, and every step."""
    card = root(view, buttons)
    every = tuple(_what(step, view) for step in view.steps)
    return Card(card.text, (*card.pieces, Lines(every, _("Every step")))) if every else card
