"""What the runbook promises and when, the moments that count, and whether the promise was kept: in plain words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.chat.cards.steps import what
from bot.chat.cards.words import _, clock, day_and_time, lasted, within
from bot.chat.port import Facts, Lines, Piece, Small
from bot.domain import stamps
from bot.domain.lifecycle import StepState
from bot.domain.model import Trigger, Wave
from bot.domain.request import Step
from bot.domain.stamps import Stamps
from bot.engine.view import View

_MOST = 5  # reasons in one message; the report has all of them

_KINDS = {
    Wave.CONTAIN: "Accounts, keys and sessions",
    Wave.MEMBERSHIPS: "Groups, teams and roles",
    Wave.HAND_OVER: "Hand-overs",
    Wave.TASKS: "What people do by hand",
}


def _applies(view: View) -> bool:
    return view.request.removes and view.request.trigger is not Trigger.ACCESS


def plan(view: View) -> tuple[Piece, ...]:
    """What is promised, kind by kind: by when, or how long after the approval.

    A plan is written once: it says the same whether its message went out before or after somebody approved.
    """
    if not _applies(view):
        return ()
    hours = {wave: length for wave, length in view.runbook.deadlines.items() if any(s.wave is wave for s in view.steps)}
    at = {} if view.request.contains_at_once else stamps.deadlines(view.request, hours)
    items = tuple(
        _("{kind}: by {at}", kind=_(_KINDS[wave]), at=day_and_time(at[wave], view.policy.zone))
        if wave in at
        else _("{kind}: within {hours} of the approval", kind=_(_KINDS[wave]), hours=within(timedelta(hours=length)))
        for wave, length in hours.items()
    )
    return (Lines(items, _("Promised")),) if items else ()


def head(view: View) -> tuple[Piece, ...]:
    """The moments so far and the promise, for the head of the thread, once it has started."""
    if not _applies(view) or view.request.started_at is None:
        return ()
    pairs = [(_("Times"), times(stamps.total(view.request, view.steps), view))]
    said = verdict(view)
    return (Facts((*pairs, (_("Promise"), said)) if said else tuple(pairs)),)


def finished(view: View) -> tuple[Piece, ...]:
    """At the end: each system's moments, the promise, and what was late and why."""
    if not _applies(view):
        return ()
    systems = stamps.by_system(view.request, view.steps)
    lines = tuple(
        _("{system}: {times}", system=view.system(key), times=times(found, view)) for key, found in systems.items()
    )
    said = verdict(view)
    pieces: list[Piece] = [Lines(lines, _("System by system"))] if lines else []
    if said:
        pieces.append(Facts(((_("Promise"), said),)))
    reasons = tuple(why(view))
    if reasons:
        pieces.append(Lines(reasons[:_MOST], _("What was late, or left open")))
    return tuple(pieces)


def times(found: Stamps, view: View) -> str:
    """Asked 10:00:01 · approved 10:02:11 · contained 10:02:14: what has come so far, each moment once."""
    named = (
        (_("asked"), found.asked),
        (_("approved"), found.approved),
        (_("what is dangerous ended"), found.contained),
        (_("all accepted"), found.applied),
        (_("all seen gone"), found.confirmed),
        (_("finished"), found.closed),
    )
    return " · ".join(_("{what} {at}", what=words, at=_at(at, found.asked, view)) for words, at in named if at)


def _at(moment: datetime, first: datetime, view: View) -> str:
    """The time; with its day where that is not the first one."""
    same = (moment - first).total_seconds() < 43200
    return clock(moment, view.policy.zone) if same else day_and_time(moment, view.policy.zone)


def verdict(view: View) -> str:
    """The promise, held against what happened; nothing while no clock has started."""
    judged = stamps.judged(view.request, view.steps, view.runbook.promise, view.now)
    if judged is None:
        return ""
    words = _("nobody can sign in any more within {hours}", hours=within(view.runbook.promise))
    due = day_and_time(judged.due, view.policy.zone)
    if judged.kept:
        return _("{words}. Kept.", words=words)
    if judged.kept is None:
        return _("{words}, by {due}. Still open.", words=words, due=due)
    if judged.reached is None:
        return _("{words}. Late since {due}, and still open.", words=words, due=due)
    if judged.reached > judged.due:
        return _("{words}. Late by {time}.", words=words, time=lasted(judged.reached - judged.due))
    return _("{words}. Not kept in full: something was left open by decision.", words=words)


def why(view: View) -> Iterable[str]:
    """Which steps broke the promise, and the reason of each."""
    judged = stamps.judged(view.request, view.steps, view.runbook.promise, view.now)
    for step in judged.late if judged and judged.kept is False else ():
        yield _(
            "{system}: {what} — {why}", system=view.system(step.system), what=what(step, view), why=_why(view, step)
        )
    for step in view.steps:
        if step.state is StepState.WAIVED and not (judged and step in judged.late):
            yield _("{system}: {what} — left open by decision", system=view.system(step.system), what=what(step, view))


def _why(view: View, step: Step) -> str:
    if step.state is StepState.WAIVED:
        return _("left open by decision")
    mine = (entry for entry in view.journal if entry.facts.get("step") == step.id and "said" in entry.facts)
    told = [str(entry.facts["said"]) for entry in mine]
    return step.error or (told[-1] if told else _("it took longer than promised"))


def exceptions(view: View) -> tuple[Piece, ...]:
    """What two people left open: it stays in sight for ever."""
    count = sum(step.state is StepState.WAIVED for step in view.steps)
    if not count:
        return ()
    return (Small(_("{n} left open by decision of two people; the report says why and until when.", n=count)),)


def left(view: View) -> int:
    """How many items ended without proof, because somebody decided so."""
    return sum(step.ended and step.state not in stamps.PROVEN for step in view.steps)
