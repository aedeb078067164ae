"""Accounts that are deleted long after somebody left, in words: what goes for good, what stays, who decides."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from bot.chat.cards import frame, gifts, thread
from bot.chat.cards.steps import last_active, state_words, what
from bot.chat.cards.words import _, day_and_time, listed
from bot.chat.port import Button, Buttons, Card, Facts, Lines, Piece, Small, Text, Tone
from bot.domain.erase import goes_with
from bot.domain.lifecycle import NOT_STARTED, RequestState, StepState
from bot.domain.model import Account, Delete, PersonId, SystemKey
from bot.domain.request import Step, deleted_by_hand
from bot.engine.view import View
from bot.store.outbox import Notice

LINES = frozenset({"erase planned", "erase put off", "erase over", "erase kept"})
_MOST = 6  # things that go with one account; the rest is counted
_ENDED = {
    "kept": "Nothing may be deleted now: the accounts stay.",
    "back": "Ended: this person works here again, or got back what was taken. The accounts stay.",
}
_OVER = {
    "back": "The accounts in {systems} stay: {name} works here again, or got back what was taken.",
    "policy": "The accounts in {systems} stay: the policy does not have accounts deleted there any more.",
}


def line(view: View, step: Step | None, body: Mapping[str, Any]) -> str:
    """One thing that happened, as one line of a thread."""
    why = _(str(body.get("why", "")))
    match body["what"]:
        case "erase planned":
            days = [f"{view.system(key)}: {_day(view, at)}" for key, at in body["days"].items()]
            return _("Before any account is deleted I ask. The days on which I do so: {days}.", days="; ".join(days))
        case "erase put off":
            return _("– {systems}: no account is deleted now. {why}", systems=_systems(view, body), why=why)
        case "erase over":
            return _(_OVER[body["why"]], systems=_systems(view, body), name=view.subject.name)
        case _ if step is not None:
            system, did = view.system(step.system), what(step, view)
            return _("– {system}: {did}: not done. {why} I ask again in a week.", system=system, did=did, why=why)
        case _:
            system = view.system(SystemKey(str(body["system"])))
            named = ": ".join(filter(None, (system, str(body["label"]))))
            return _("– {account} is not deleted. {why} I look again later.", account=named, why=why)


def _day(view: View, at: str) -> str:
    return day_and_time(datetime.fromisoformat(at), view.policy.zone)


def _systems(view: View, body: Mapping[str, Any]) -> str:
    return listed(view.system(SystemKey(key)) for key in body["systems"])


def state_line(view: View) -> str:
    """Where it stands, in one sentence."""
    match view.request.state:
        case RequestState.RUNNING if view.request.stopped_at is None:
            return _("Deleting: {done} of {all} done.", done=view.done, all=len(view.steps))
        case RequestState.CLOSED:
            return _over(view)
        case RequestState.DENIED:
            return _("Denied. The accounts stay, and I do not ask again.")
        case RequestState.WITHDRAWN:
            why = next((e.facts.get("why", "") for e in reversed(view.journal) if e.kind == "request.withdrawn"), "")
            return _(_ENDED.get(why, "Cancelled. The accounts stay, and I do not ask again."))
        case _:
            return thread.state_line(view)


def _over(view: View) -> str:
    gone = sum(step.state in {StepState.CONFIRMED, StepState.ATTESTED} for step in view.steps)
    stay = len(view.steps) - gone
    said = [_("Finished: 1 account is deleted.") if gone == 1 else _("Finished: {n} accounts are deleted.", n=gone)]
    if stay:
        said.append(_("1 stays.") if stay == 1 else _("{n} stay.", n=stay))
    return " ".join(said)


def pieces_of(view: View) -> tuple[Piece, ...]:
    """What people decide about: each account with what goes with it, that nothing comes back, and what stays."""
    lines = [_line(view, step) for step in view.steps]
    stay = [f"{view.system(SystemKey(key))}: {label or _('all accounts')}. {_(why)}" for key, label, why in _kept(view)]
    again = _("Nothing of it can come back. A new account would be another one, with nothing of this in it.")
    return (
        *gifts.few(lines, _("Deleted for good")),
        Text(again, lead=_("What cannot come back")),
        *gifts.few(stay, _("Not deleted now")),
        Small(_("Its access ended with {id}. Everything stays as it is if you say no.", id=str(view.request.parent))),
    )


def _line(view: View, step: Step) -> str:
    reading = view.readings.get(step.system)
    native_id = step.action.account.native_id if isinstance(step.action, Delete) else deleted_by_hand(step)
    accounts = reading.account.items if reading else ()
    account = next((one for one in accounts if one.native_id == native_id), None)
    hand = _(" (by hand: {name})", name=view.name(step.assignee)) if step.assignee else ""
    said = [_("{system}: {what}{hand}", system=view.system(step.system), what=what(step, view), hand=hand)]
    if account is not None and reading is not None:
        said.append(_about(view, account))
        with_it = list(dict.fromkeys(goes_with(account, reading)))
        more = _(" and {n} more", n=len(with_it) - _MOST) if len(with_it) > _MOST else ""
        if with_it:
            said.append(_("with it go {things}{more}", things=listed(with_it[:_MOST]), more=more))
        said.append(_("everything that is stored in it goes too"))
    return "; ".join(said)


def _about(view: View, account: Account) -> str:
    locked = _("locked") if account.active is False else _("cannot be locked there")
    return _("{locked}, {when}", locked=locked, when=last_active(account, view))


def _kept(view: View) -> list[tuple[str, str, str]]:
    found = [entry for entry in view.journal if entry.kind == "erase.weighed"]
    every = json.loads(found[-1].private.get("kept", "[]")) if found else []
    return [(key, label, why) for key, label, why in every]


def root(view: View, buttons: Mapping[str, str]) -> Card:
    """The head of this request, in the thread of the offboarding."""
    return frame.head(view, state_line(view), [_facts(view)], _controls(view, buttons))


def _facts(view: View) -> Facts:
    follows = _("{id}, whose time to be undone is over", id=str(view.request.parent))
    return Facts(((_("Who"), f"{view.subject.name}, {view.subject.title}"), (_("Follows"), follows)))


def _controls(view: View, buttons: Mapping[str, str]) -> Iterable[Button]:
    request = view.request
    if request.state is RequestState.RUNNING and request.stopped_at:
        yield Button(_("Go on"), "go_on", buttons["go_on"], Tone.GOOD)
    elif request.state is RequestState.RUNNING:
        question = _("No new step will start; what is at work now is finished first. Stop {id}?", id=request.id)
        yield Button(_("Stop"), "stop", buttons["stop"], Tone.DANGER, confirm=question)
    if request.state in NOT_STARTED:
        question = _("Cancel {id}? The accounts stay, and I do not ask again.", id=request.id)
        yield Button(_("Cancel request"), "cancel", buttons["cancel"], confirm=question)
    if request.state in {RequestState.RUNNING, RequestState.CLOSED}:
        yield Button(_("Open the report"), "report", buttons["report"])


def plan(view: View) -> Card:
    """What would be deleted, for the thread."""
    return frame.plan(view, pieces_of(view))


def approval(view: View, person: PersonId, buttons: Mapping[str, str]) -> Card:
    """The question, and the buttons; once decided, how it stands."""
    pieces = (_facts(view), *pieces_of(view))
    return frame.approval(view, person, buttons, state_line(view), pieces, _decide(view, buttons))


def _decide(view: View, buttons: Mapping[str, str]) -> Iterable[Button]:
    sure = _("The accounts listed here are deleted for good. Nobody can bring them back. Approve?")
    one_no = _("One no ends {id} for everybody: the accounts stay, and I do not ask again. Deny?", id=view.request.id)
    yield Button(_("Delete for good"), "approve", buttons["approve"], Tone.DANGER, confirm=sure)
    yield Button(_("Keep the accounts"), "deny", buttons["deny"], confirm=one_no)
    yield Button(_("Open"), "show", buttons["show"], hint=_("Open the thread of this request"))


def _said(view: View) -> Card:
    text = _("{title}. {state}", title=thread.title(view), state=state_line(view))
    return Card(text, (Text(text),))


def finished(view: View, buttons: Mapping[str, str]) -> Card:
    """The end, and where the report is."""
    card = _said(view)
    return Card(card.text, (*card.pieces, Buttons((Button(_("Open the report"), "report", buttons["report"]),))))


def status(view: View, buttons: Mapping[str, str]) -> Card:
    """What `/offboard DEL-101` answers: the head, and every step."""
    card = root(view, buttons)
    every = tuple(
        _("{system}: {what} — {state}", system=view.system(s.system), what=what(s, view), state=state_words(s, view))
        for s in view.steps
    )
    return Card(card.text, (*card.pieces, Lines(every, _("Every account")))) if every else card


CARDS: Mapping[str, Callable[[View, Notice, Mapping[str, str]], Card]] = {
    "root": lambda view, _notice, buttons: root(view, buttons),
    "plan": lambda view, _notice, _buttons: plan(view),
    "approval": lambda view, notice, buttons: approval(view, PersonId(notice.person or ""), buttons),
    "told": lambda view, _notice, _buttons: _said(view),
    "report": lambda view, _notice, buttons: finished(view, buttons),
}
