"""What is given back, in words: what does not come back, what people must do, what was left alone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from bot.chat.cards.words import _, day_and_time
from bot.chat.port import Button, Lines, Piece, Text
from bot.domain.lifecycle import RequestState
from bot.domain.model import SystemKey, Trigger
from bot.domain.request import Step
from bot.domain.restore import BY_PERSON, LEFT, UNKNOWN
from bot.engine.view import View

LINES = frozenset({"not given", "undo asked", "given up", "wrong person", "leave ended", "leave moved"})
_UNSEEN = "What I could not see, so I cannot say whether it comes back"
MOST = 30  # of one kind in a card: the rest is counted
Row = tuple[str, str, str, str]  # the system by name, how it is lost, what, why


def line(view: View, step: Step | None, body: Mapping[str, Any], did: str) -> str:
    """One thing that happened about giving back, as one line of a thread."""
    name, restore = view.name(body.get("by")), str(body.get("restore", ""))
    until = day_and_time(datetime.fromisoformat(body["until"]), view.subject.zone) if "until" in body else ""
    system = view.system(step.system) if step else ""
    said = {
        "not given": _("– {system}: {did}: not given. {why}", system=system, did=did, why=_(body.get("why", ""))),
        "undo asked": _("↩ {name} asks to give back what was taken: {restore}.", name=name, restore=restore),
        "given up": _("■ What was not done yet is not done: {restore} gives back what was taken.", restore=restore),
        "wrong person": _("■ {name} says that this is the wrong person: no new step starts.", name=name),
        "leave ended": _("↩ {name} ended the leave: everything is given back now.", name=name),
        "leave moved": _("{name} moved the end of the leave to {until}.", name=name, until=until),
    }
    return said[body["what"]]


def given_up(view: View) -> str:
    """How an offboarding ended that was undone in the middle; empty for all others."""
    found = [entry for entry in view.journal if entry.kind == "request.given_up"]
    if not found or view.request.state is not RequestState.CLOSED:
        return ""
    return _("Given up: {restore} gives back what was taken.", restore=found[-1].facts["restore"])


def kept(view: View) -> tuple[Row, ...]:
    """What people decide about beside the steps: as it was weighed when the plan was made."""
    found = [entry for entry in view.journal if entry.kind == "restore.weighed"]
    if not found:
        return ()
    rows = [
        (view.system(key), how, what, why) for key, how, what, why in json.loads(found[-1].private.get("lost", "[]"))
    ]
    unread = (
        (
            view.system(SystemKey(key)),
            "Not read",
            _("everything"),
            _("It could not be read, so nothing is given there."),
        )
        for key in found[-1].facts["unread"]
    )
    return (*rows, *unread)


def lost(rows: Iterable[Row]) -> tuple[Piece, ...]:
    """What cannot come back, before everything else."""
    mine = [f"{system}: {what}. {_(why)}" for system, how, what, why in rows if how not in {BY_PERSON, LEFT, UNKNOWN}]
    if not mine:
        return (Text(_("Everything I saw taken can come back."), lead=_("What cannot come back")),)
    return (Lines(_few(mine), _("What cannot come back")),)


def unseen(rows: Iterable[Row]) -> tuple[Piece, ...]:
    """What no system shows, after all that is known: somebody who knows the system may want to look."""
    return few((f"{system}: {what}. {_(why)}" for system, how, what, why in rows if how == UNKNOWN), _(_UNSEEN))


def by_people(rows: Iterable[Row], tasks: Iterable[str]) -> tuple[Piece, ...]:
    """What only people can do."""
    mine = [f"{system}: {what}. {_(why)}" for system, how, what, why in rows if how == BY_PERSON]
    every = (*tasks, *mine)
    return (Lines(_few(every), _("What a person must do")),) if every else ()


def left(rows: Iterable[Row]) -> tuple[Piece, ...]:
    """What stays as it is, because this offboarding did not take it, or somebody gave it meanwhile."""
    mine = [f"{system}: {what}. {_(why)}" for system, how, what, why in rows if how == LEFT]
    return (Lines(_few(mine), _("Left as it is")),) if mine else ()


def few(items: Iterable[str], title: str) -> tuple[Piece, ...]:
    """A list under its title, cut where nobody reads on."""
    every = _few(items)
    return (Lines(every, title),) if every else ()


def _few(items: Iterable[str]) -> tuple[str, ...]:
    every = tuple(items)
    if len(every) <= MOST:
        return every
    return (*every[:MOST], _("… and {n} more.", n=len(every) - MOST))


def controls(view: View, buttons: Mapping[str, str]) -> Iterable[Button]:
    """On an offboarding: the way back while it runs, when it is stopped, and for some weeks after it."""
    request = view.request
    if request.trigger is not Trigger.LEAVER or request.started_at is None or request.subject not in view.crew.leaving:
        return
    if request.state is RequestState.RUNNING and request.stopped_at is None:
        sure = _(
            "I stop {id}, and ask one person whether what was locked for {name} is unlocked at once. Go on?",
            id=request.id,
            name=view.subject.name,
        )
        yield Button(_("This is the wrong person"), "wrong_person", buttons["wrong_person"], confirm=sure)
    grace = request.closed_at is None or view.now <= request.closed_at + view.policy.undo.within
    stopped = request.state is RequestState.RUNNING and request.stopped_at is not None
    if stopped or (request.state is RequestState.CLOSED and grace):
        yield Button(_("Give it back"), "undo", buttons["undo"])
