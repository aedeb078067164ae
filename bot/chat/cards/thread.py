"""The thread of a request: its head with progress, and the plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from bot.chat.cards import gifts, halts, kept, locks, plainly, promised, rescans, standing, trouble
from bot.chat.cards.rules import asks, because
from bot.chat.cards.steps import facts, here, last_active, state_words, what
from bot.chat.cards.words import _, counted, day_and_time, lasted, listed
from bot.chat.port import Button, Buttons, Card, Facts, Heading, Lines, Piece, Rule, Small, Text, Tone
from bot.domain.lifecycle import NOT_STARTED, RequestState, StepState
from bot.domain.mailbox import NO_DELETE
from bot.domain.model import Account, HandOver, Suspend, SystemKey, Trigger
from bot.domain.request import Step
from bot.engine.view import View

_CANCEL = "Nothing was changed so far, and nothing will be."
_LATE = 10  # lines of what is open for long; the report has all of them


_TITLES = {
    Trigger.ACCESS: "{id} · Access: {name}",
    Trigger.RESTORE: "{id} · Give back: {name}",
    Trigger.PAUSE: "{id} · Leave of absence: {name}",
    Trigger.RESCAN: "{id} · Looked again: {name}",
    Trigger.LOCK: "{id} · Locked at once: {name}",
    Trigger.DELETE: "{id} · Delete accounts: {name}",
}


def title(view: View) -> str:
    """OFF-142 · Leaver: Alice Martin."""
    words = _TITLES.get(view.request.trigger, "{id} · Leaver: {name}")
    return _(words, id=view.request.id, name=view.subject.name)


def when(view: View) -> str:
    """When it begins, in the zone of the person it is about."""
    if view.request.immediate:
        waits = view.request.state in NOT_STARTED
        return _("now, as soon as it is approved") if waits else _("at once, on approval")
    at = day_and_time(view.request.starts_at, view.subject.zone)
    if not view.request.voluntary:
        return _("what is dangerous ends on approval; the rest on {at}", at=at)
    return at


def state_line(view: View) -> str:
    """Where the request stands, in one sentence."""
    request = view.request
    match request.state:
        case RequestState.SUBMITTED | RequestState.PLANNING:
            read = [view.system(s.system) for s in view.newest_reads if s.ended]
            every = len(view.newest_reads)
            return _("Reading what this person can reach: {n} of {all} systems read.", n=len(read), all=every)
        case RequestState.AWAITING_APPROVAL if request.batch and not request.approvers:
            return _("Decided together with others: {id}. Nothing changes before that.", id=request.batch)
        case RequestState.AWAITING_APPROVAL:
            names = listed(view.name(person) for person in view.request.approvers)
            yes = {a.person for a in view.approvals if a.yes and not a.withdrawn_at and a.digest == request.digest}
            return _(
                "Waiting for approval: {n} of {need} so far. {rest} Asked: {names}.",
                rest=locks.after(view) or _("Nothing changes before that."),
                n=len(yes),
                need=request.quorum,
                names=names,
            )
        case RequestState.APPROVED | RequestState.SCHEDULED:
            return _("Approved. Starts {when}.", when=when(view))
        case RequestState.RUNNING if request.stopped_at:
            return _("Stopped: no new step starts. {done} of {all} done.", done=view.done, all=len(view.steps))
        case RequestState.RUNNING:
            done = _("Running: {done} of {all} done. {bar}", done=view.done, all=len(view.steps), bar=bar(view))
            names = listed(standing.waits_for(view))
            return _("{done} Waiting for {names}.", done=done, names=names) if names else done
        case RequestState.CLOSED if said := gifts.given_up(view):
            return said
        case RequestState.CLOSED if promised.left(view):
            return _("Finished: {n} of {all} left open by decision.", n=promised.left(view), all=len(view.steps))
        case RequestState.CLOSED:
            return _over(len(view.steps))
        case RequestState.WITHDRAWN:
            return _("Cancelled. {rest}", rest=locks.untouched(view))
        case RequestState.DENIED:
            return _("Denied. {rest}", rest=locks.untouched(view))
        case RequestState.EXPIRED:
            return _("Expired without an answer.")


def _over(items: int) -> str:
    if items == 1:
        return _("Finished: the one item is seen gone or done by a named person.")
    return _("Finished: all {all} items are seen gone or done by a named person.", all=items)


def bar(view: View) -> str:
    """Progress as a picture made of letters; the words beside it say the same."""
    full = round(10 * view.done / max(1, len(view.steps)))
    return "▰" * full + "▱" * (10 - full)


def root(view: View, buttons: Mapping[str, str]) -> Card:
    """The head of the thread, updated as things move. `buttons` are the sealed values by action."""
    request = view.request
    pieces: list[Piece] = [
        Heading(title(view)),
        Text(state_line(view)),
        Facts(
            (
                (_("Who"), f"{view.subject.name}, {view.subject.title}"),
                (_("Manager"), view.name(view.subject.manager) if view.subject.manager else _("nobody")),
                (_("When"), when(view)),
                (_("Asked by"), rescans.asked_by(view)),
            ),
        ),
    ]
    pieces += halts.banner(view)
    if request.state is RequestState.RUNNING:
        late = _late(view)
        open_items = tuple(_("{what} — {state}", what=what(s, view), state=state_words(s, view)) for s in _open(view))
        if open_items and request.stopped_at:
            pieces.append(Lines(open_items, _("Still open")))
        elif held := _held(view):
            pieces.append(Lines(held, _("Waits, by agreement or for an answer")))
        if late and not request.stopped_at:
            pieces.append(Lines(late, _("Open for long, and still tried")))
    pieces += [*promised.head(view), *promised.exceptions(view)]
    row = tuple(controls(view, buttons))
    if row:
        pieces.append(Buttons(row))
    return Card(_("{title}. {state}", title=title(view), state=state_line(view)), tuple(pieces))


def _late(view: View) -> tuple[str, ...]:
    """What could not be done for long, with its age: never forgotten, and not to be overlooked."""
    every = [step for step in (*view.reads, *_open(view)) if step.error and trouble.open_for(step, view.now)]
    return tuple(
        _("{system}: {what} — {state}", system=view.system(s.system), what=what(s, view), state=state_words(s, view))
        for s in every[:_LATE]
    )


def _held(view: View) -> tuple[str, ...]:
    """What waits, for whom and until when: no hold is forgotten."""
    every = [step for step in view.steps if kept.is_held(step)]
    return tuple(
        _("{system}: {what} — {state}", system=view.system(s.system), what=what(s, view), state=kept.state(s, view))
        for s in every[:_LATE]
    )


def _open(view: View) -> tuple[Step, ...]:
    return tuple(step for step in view.steps if not step.ended)


def controls(view: View, buttons: Mapping[str, str]) -> Iterable[Button]:
    """Stop, go on, cancel, reschedule, the report: whichever makes sense now."""
    state = view.request.state
    if state is RequestState.RUNNING and view.request.stopped_at:
        yield Button(_("Go on"), "go_on", buttons["go_on"], Tone.GOOD)
    elif state is RequestState.RUNNING:
        question = _("No new step will start; what is at work now is finished first. Stop {id}?", id=view.request.id)
        yield Button(_("Stop"), "stop", buttons["stop"], Tone.DANGER, confirm=question)
    if state in NOT_STARTED:
        if view.request.digest:
            yield Button(_("Reschedule"), "reschedule", buttons["reschedule"])
        question = _("Cancel {id}? {rest}", id=view.request.id, rest=locks.after(view) or _(_CANCEL))
        yield Button(_("Cancel request"), "cancel", buttons["cancel"], confirm=question)
    yield from gifts.controls(view, buttons)
    if state in {RequestState.RUNNING, RequestState.CLOSED}:
        yield Button(_("Open the report"), "report", buttons["report"])
    yield from rescans.again(view, buttons)


def plan_pieces(view: View) -> tuple[Piece, ...]:
    """What ends at once and what can wait, system by system; what could not be seen; nothing hidden."""
    later = view.request.voluntary and not view.request.immediate
    first = _("Ends first, at the chosen time") if later else _("Ends at once, on approval")
    pieces: list[Piece] = [
        Heading(first),
        *_by_system(view, view.contain),
        Heading(_("Can wait its turn")),
        *_by_system(view, view.rest),
    ]
    if not view.contain:
        pieces[0:1] = [Heading(first), Text(_("Nothing was found that must end first."))]
    if any(view.policy.legal_hold.covers(view.request.subject, step.system) for step in view.steps):
        pieces.append(Text(_(NO_DELETE)))
    if view.blind and view.request.trigger is not Trigger.RESCAN:  # what a later look did not see is told with it
        unseen = tuple(
            _("{system}, {part}: {why}", system=view.system(b.system), part=_(b.part), why=here(_(b.why), view))
            for b in view.blind
        )
        pieces += [Rule(), Lines(unseen, _("What I could not see (it stays open until somebody has looked)"))]
    pieces += promised.plan(view)
    if meanings := plainly.said(_plan_line(step, view) for step in view.steps):
        pieces.append(Small(_("In plain words. {meanings}", meanings=meanings)))
    versions = _(
        "Runbook version {r}, policy version {p}.", r=view.request.runbook_version, p=view.request.policy_version
    )
    pieces.append(
        Small(
            _("{versions} Times are in {zone} where no other zone is named.", versions=versions, zone=view.policy.zone)
        )
    )
    return tuple(pieces)


def _by_system(view: View, steps: tuple[Step, ...]) -> Iterable[Piece]:
    keys = list(dict.fromkeys(step.system for step in steps))
    for key in keys:
        mine = [step for step in steps if step.system == key]
        yield Lines(tuple(_plan_line(step, view) for step in mine), _system_title(view, key))


def _system_title(view: View, key: SystemKey) -> str:
    known = view.policy.systems.get(key)
    if known is None:
        return _("{system} — what this person has here", system=view.system(key))
    about = _(known.about) or _("no connector")
    title = _("{system} — {about}. Owner: {owner}", system=known.name, about=about, owner=view.name(known.owner))
    seen = listed(_("{account} {when}", account=a.label, when=last_active(a, view)) for a in _untold(view, key))
    return _("{title}. {seen}", title=title, seen=seen) if seen else title


def _untold(view: View, key: SystemKey) -> Iterable[Account]:
    """Accounts whose last activity is known and told by no step: where nothing locks an account, no line names it."""
    locked = {step.action.account.native_id for step in view.steps if isinstance(step.action, Suspend)}
    accounts = view.readings[key].account.items if key in view.readings else ()
    known = (one for one in accounts if one.last_active or one.used is False)
    return (one for one in known if one.native_id not in locked)


def _plan_line(step: Step, view: View) -> str:
    details = list(facts(step, view))
    if step.privileged:
        details.insert(0, _("powerful"))
    if said := because(step, view):
        details.append(said)
    if step.assignee and not asks(step):
        details.append(_("by hand: {name}", name=view.name(step.assignee)))
    extra = f" ({'; '.join(details)})" if details else ""
    return f"{what(step, view)}{extra}"


def plan(view: View) -> Card:
    """The whole plan, as the approvers were asked about it: what joined it or was named since has a line of its own."""
    steps = tuple(_as_asked(step) for step in view.steps if not step.joined_late) or view.steps
    text = _("Plan for {name}: {n} items.", name=view.subject.name, n=len(steps))
    return Card(text, plan_pieces(replace(view, steps=steps)))


def _as_asked(step: Step) -> Step:
    return replace(step, action=replace(step.action, to=None)) if isinstance(step.action, HandOver) else step


def status(view: View) -> Card:
    """What `/offboard OFF-142` answers."""
    return Card(
        _("{title}. {state}", title=title(view), state=state_line(view)),
        (
            Heading(title(view)),
            Text(state_line(view)),
            *(standing.pieces(view) if view.steps else (Small(_("No plan yet.")),)),
        ),
    )


def finished(view: View, buttons: Mapping[str, str]) -> Card:
    """The end: how many, how long, and where the report is."""
    request = view.request
    took = lasted((request.closed_at or view.now) - (request.started_at or request.created_at))
    by_people = sum(step.state is StepState.ATTESTED for step in view.steps)
    seen = sum(step.state is StepState.CONFIRMED for step in view.steps)
    items = counted(seen, "1 item", "{n} items")
    by = counted(by_people, ", 1 done by a named person", ", {n} done by named people") if by_people else ""
    text = _(
        "{title} is finished after {took}: {items} seen gone by a fresh look{by}.",
        title=title(view),
        took=took,
        items=items,
        by=by,
    )
    report = Buttons((Button(_("Open the report"), "report", buttons["report"]),))
    return Card(text, (Text(text), *promised.finished(view), report))
