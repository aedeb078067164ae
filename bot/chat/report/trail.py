"""The journal of a request in plain words: what happened in order, what did not go straight, and what people said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.chat.cards import rescans
from bot.chat.cards.steps import what
from bot.chat.cards.words import _, day_and_time, listed
from bot.domain.lifecycle import StepState
from bot.domain.model import SystemKey, Trigger
from bot.domain.request import Approval, Step
from bot.engine.view import View
from bot.store.journal import Entry


@dataclass(frozen=True, slots=True)
class Happening:
    """One row of the journal in words; `text` is what a person wrote."""

    id: int
    at: datetime
    words: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Vote:
    """One yes or no."""

    name: str
    title: str
    yes: bool
    at: datetime
    back: datetime | None
    about: str
    living: bool


_REQUEST = {
    "request.submitted": "{requester} submitted the request.",
    "request.submitted, odd": "{requester} submitted the request, though the roster said otherwise: {odd}.",
    "plan.made": "The plan was made: {steps} items. Asked to decide: {names}.",
    "plan.made, quietly": "The plan was made: {steps} items. Rules cover all of them: nobody was asked.",
    "request.approved_by_rule": "The rules of the policy approved the plan, and no person did.",
    "request.approval": "{by} denied the plan.",
    "request.approval, yes": "{by} approved the plan.",
    "request.approval_withdrawn": "{by} took the approval back.",
    "request.approval_void": "{by} may not decide about this any more: that approval counted no longer.",
    "request.asked_again": "The people who decide were asked again.",
    "request.shielded": "Policy protects this person by now: no new step starts.",
    "request.read_along": "The person it is about came into the channel in which it was told. {told} heard so.",
    "request.denied": "The request was denied. Nothing was changed.",
    "request.approved": "Enough people approved.",
    "request.started": "The work started.",
    "request.contained": "Everything that ends at once had ended.",
    "request.applied": "Every system had accepted its changes.",
    "request.closed": "Everything was seen gone, attested or decided. The request was closed.",
    "request.escalated": "{told} heard that nobody had decided.",
    "request.still_stopped": "{told} heard that it was still stopped.",
    "proposal.made": "{by} proposed something that takes two people.",
    "proposal.answered": "{by} did not agree.",
    "proposal.answered, yes": "{by} agreed.",
    "proposal.decided": "It was not agreed to.",
    "proposal.decided, yes": "Enough people agreed.",
    "proposal.escalated": "{told} heard that nobody had answered.",
    "proposal.over": "Nobody had answered when it was about nothing any more.",
    "request.stopped": "{by} pressed Stop: no new step starts.",
    "request.resumed": "{by} let the work go on.",
    "request.cancelled": "{by} cancelled the request. Nothing was changed.",
    "request.rescheduled": "{by} moved it to another time; the people who decide were asked again.",
    "request.withdrawn": "The request ended before it began.",
    "request.given_up": "It was given up: another request gives back what was taken.",
    "restore.weighed": "What comes back, and what does not, was put together.",
    "erase.planned": "The days were written down on which accounts may be deleted.",
    "erase.put_off": "Accounts are not deleted now. {reason}",
    "erase.over": "Accounts are not deleted any more.",
    "erase.begun": "The day had come on which accounts may be deleted.",
    "erase.weighed": "What may be deleted was put together: {deletes} accounts; {keeps} stay.",
    "leave.ended": "{by} ended the leave: everything is given back.",
    "leave.moved": "{by} moved the end of the leave.",
    "request.comment": "{by} wrote in the thread:",
    "lock.agreed": "{by} and {second} locked the accounts before the approval, which is owed until {until}.",
    "lock.reminded": "Those who decide were reminded that the accounts are locked.",
    "lock.reviewed": "The approval that the lock owed was given.",
    "lock.refused": "It does not go ahead, and the accounts were locked: giving that back is asked for. {why}",
    "power.returned": "A role in Usher was given back: {why}.",
    "power.ended": "A role in Usher ended: {why}.",
    "mail.sent": "{recipient} was sent a mail with a link to a card.",
    "mail.opened": "{by} opened the card by the link of a mail.",
    "mail.pressed": "{by} answered there, by way of a mail.",
    "mail.renewed": "{recipient} asked for a new link.",
    "report.opened": "{by} opened this report.",
    "system.read": "{system} was read.",
    "system.searched": "{system} was searched for accounts of this person.",
    "system.unread": "{system} could not be read. {why}",
}
_STEP = {
    "gift.left": "{did} – not given. {why}",
    "erase.kept": "{did} – not deleted. {why}",
    "step.failed": "{did} – could not be given. {why}",
    "step.started": "{did} – tried.",
    "step.applied": "{did} – accepted by the system.",
    "step.confirmed": "{did} – seen by a fresh look.",
    "step.confirmed, already": "{did} – was so already.",
    "step.contradicted": "{did} – the system said yes, but a fresh look still showed it.",
    "step.retried": "{did} – did not work yet and was tried again. {why}",
    "step.recovered": "{did} – was interrupted and is tried again.",
    "step.parked": "{did} – stuck. {why}",
    "step.unparked": "{did} – {by} asked to try again.",
    "step.late": "{did} – the system gave it after the call was given up; it was taken back once more.",
    "step.reassigned": "{did} – whoever was asked has left; {assignee} was asked.",
    "step.attested": "{did} – {by} attests that it is done.",
    "step.successor": "{did} – {by} named {to}.",
    "step.accepted": "{did} – {by} accepted.",
    "step.ended": "{did} – {by} decided to switch it off.",
    "step.renewing": "{did} – {by} decided to put something new in its place.",
    "step.renewed": "{did} – {by} says that something new is in its place.",
    "step.given": "{did} – {by} asked {to} to look after it.",
    "step.declined": "{did} – {by} declined; {assignee} was asked again.",
    "step.silent": "{did} – {by} did not answer in time; {assignee} was asked.",
    "step.cannot": "{did} – {by} can take nothing over any more; {assignee} was asked again.",
    "step.refused": "{did} – an approver said no to {by}; {assignee} was asked again.",
    "step.reminded": "{did} – {assignee} was reminded.",
    "step.reminded, overdue": "{did} – past the deadline; {assignee} was reminded and the thread was told.",
    "hold.asked": "{did} – {other} was asked, until {until}.",
    "hold.removed": "{did} – {by} said that it may go.",
    "hold.released": "{did} – {by} released it.",
    "hold.kept": "{did} – {by} kept it until {until}.",
    "hold.handing": "{did} – {by} wanted it handed over first.",
    "hold.handed": "{did} – was handed over, so it could go.",
    "hold.passed": "{did} – {by} asked {other} instead.",
    "hold.silent": "{did} – nobody answered in time, so it went, as announced.",
    "hold.ended": "{did} – the time for which it was kept was over.",
    "hold.escalated": "{did} – the team did not answer in time; others were told.",
    "hold.reminded": "{did} – whoever is asked was reminded.",
    "hold.unsaid": "{did} – the question could not be put yet, so its time was moved to {until}.",
    "proposal.made": "{did} – {by} proposed to leave this open.",
    "proposal.over": "{did} – nobody had agreed to leave it open when that was about nothing any more.",
    "step.waived": "{did} – {by} and {second} left this open until {until}.",
    "step.waiver_over": "{did} – the time for which it was left open was over.",
    "step.put_off": "{did} – {by} put it off until {until}.",
    "step.escalated": "{did} – {told} heard that it is not done yet.",
    "step.brought_forward": "{did} – {by} had it tried at once.",
    "step.joined": "{did} – appeared after the plan was made and joined it.",
    "step.approval": "{did} – {by} decided to leave it.",
    "step.approval, yes": "{did} – {by} approved this item.",
}
_VARIANTS = ("yes", "already", "overdue", "quietly", "odd")

CROOKED = frozenset(
    {
        "request.approval_void",
        "request.approval_withdrawn",
        "request.asked_again",
        "request.cancelled",
        "request.denied",
        "request.escalated",
        "request.read_along",
        "request.rescheduled",
        "request.resumed",
        "request.shielded",
        "request.stopped",
        "hold.escalated",
        "hold.kept",
        "hold.silent",
        "hold.unsaid",
        "step.approval",
        "step.contradicted",
        "step.escalated",
        "step.joined",
        "step.late",
        "step.parked",
        "step.put_off",
        "step.recovered",
        "step.retried",
        "step.unparked",
        "step.waived",
        "system.unread",
    },
)


def trail(view: View) -> tuple[Happening, ...]:
    """Every row of the journal about this request."""
    return tuple(_happening(view, entry) for entry in view.journal)


def crooked(view: View) -> tuple[Happening, ...]:
    """What did not go straight, in order; tries of one step that follow each other are told once."""
    found: list[Happening] = []
    last = ("", "")
    for entry in view.journal:
        now = (entry.kind, str(entry.facts.get("step", "")))
        late = entry.kind == "step.reminded" and entry.facts.get("overdue")
        if (entry.kind in CROOKED or late) and not (now == last and entry.kind == "step.retried"):
            found.append(_happening(view, entry))
        last = now
    return tuple(found)


def comments(view: View) -> tuple[Happening, ...]:
    """What people wrote in the thread of this request."""
    return tuple(_happening(view, entry) for entry in view.journal if entry.kind == "request.comment")


def later(view: View) -> tuple[Happening, ...]:
    """What later looks saw, one line each: every certificate, and every time something was there again."""
    return tuple(_happening(view, entry) for entry in view.journal if entry.kind in rescans.RESULTS)


def votes(view: View) -> tuple[Vote, ...]:
    """Every yes and no, taken back or not, with what it covered."""
    return tuple(_vote(view, one) for one in view.approvals)


def _vote(view: View, one: Approval) -> Vote:
    person = view.crew.people.get(one.person)
    living = one.digest == view.request.digest
    steps = {step.number: step for step in view.steps}
    single = steps.get(one.items[0]) if len(one.items) == 1 < len(steps) else None
    about = _("one item: {what}", what=what(single, view)) if single else _("the plan, {n} items", n=len(one.items))
    if not living:
        about = _("an earlier plan, {n} items", n=len(one.items))
    return Vote(view.name(one.person), person.title if person else "", one.yes, one.at, one.withdrawn_at, about, living)


def _happening(view: View, entry: Entry) -> Happening:
    text = entry.private.get("text") or entry.private.get("evidence") or ""
    if entry.kind == "request.comment" and not text:
        text = _("(the text was erased)")
    return Happening(entry.id, entry.at, _words(view, entry), text)


def _words(view: View, entry: Entry) -> str:
    facts = entry.facts
    if entry.kind in rescans.KINDS:
        return rescans.told(view, entry.kind, facts, entry.at)
    variant = next((f"{entry.kind}, {one}" for one in _VARIANTS if facts.get(one)), entry.kind)
    if "step" in facts:
        return _(_text(_STEP, entry.kind, variant, "{did} – {kind}"), **_about_step(view, entry)).strip()
    return _(
        _text(_REQUEST, entry.kind, variant, "{kind}"),
        kind=entry.kind,
        by=view.name(facts.get("by")),
        requester=view.name(facts.get("requester")),
        steps=facts.get("steps", 0),
        names=listed(view.name(person) for person in facts.get("approvers", ())) or _("nobody"),
        system=view.system(SystemKey(str(facts.get("system", "")))),
        why=facts.get("said", ""),
        reason=_(str(facts.get("why") or "")),
        odd=_odd(facts),
        deletes=facts.get("deletes", 0),
        keeps=facts.get("keeps", 0),
        second=view.name(facts.get("second")),
        recipient=view.name(facts.get("recipient")),
        told=_told(view, facts),
        until=_until(view, facts),
    ).strip()


def _text(table: Mapping[str, str], kind: str, variant: str, otherwise: str) -> str:
    """The sentence for a kind of row; a kind we do not know yet is named as it is, never left out."""
    return table.get(variant) or table.get(kind) or otherwise


def _about_step(view: View, entry: Entry) -> dict[str, object]:
    facts = entry.facts
    step = _find((*view.steps, *view.reads), facts["step"])
    did = _("an item of an earlier plan")
    if step is not None:
        did = _("{system}: {what}", system=view.system(step.system), what=what(step, view))
    bug = _("Something unexpected happened inside Usher.") if facts.get("kind") == "bug" else ""
    return {
        "kind": entry.kind,
        "did": did,
        "by": view.name(facts.get("by")),
        "assignee": view.name(step.assignee) if step else "",
        "why": facts.get("said") or bug,
        "other": view.name(str(facts.get("to", ""))),
        "until": _until(view, facts),
        "second": view.name(facts.get("second")),
        "told": _told(view, facts),
        "to": entry.private.get("label") or view.name(str(facts.get("to", ""))),
    }


def _until(view: View, facts: Mapping[str, object]) -> str:
    at = facts.get("until") or facts.get("due")
    return day_and_time(datetime.fromisoformat(str(at)), view.policy.zone) if at else ""


def _odd(facts: Mapping[str, Any]) -> str:
    """What the roster said that the form did not."""
    ends = facts.get("roster_ends") or _("not known")
    said = [_("the newest one did not name this person")] if "unnamed" in facts.get("odd", ()) else []
    if {"left", "sooner", "later"} & set(facts.get("odd", ())):
        said.append(_("the last day there was {ends}", ends=ends))
    return listed(said)


def _told(view: View, facts: Mapping[str, Any]) -> str:
    """Everybody who was told, where several were."""
    to = facts.get("to")
    return listed(view.name(one) for one in to) if isinstance(to, list) else ""


def _find(steps: Iterable[Step], key: object) -> Step | None:
    return next((step for step in steps if step.id == key), None)


def counts(view: View) -> tuple[tuple[str, int, str], ...]:
    """How many items ended in which way, as tone, number and words."""
    states = [step.state for step in view.steps]
    gives_back = view.request.trigger in {Trigger.RESTORE, Trigger.PAUSE}
    seen = sum(state in {StepState.CONFIRMED, StepState.LAPSED} for state in states)
    hand = states.count(StepState.ATTESTED)
    left = sum(state in {StepState.DROPPED, StepState.WAIVED, StepState.FAILED} for state in states)
    still = len(states) - seen - hand - left
    found = (
        ("good", seen, _("seen by a fresh look") if gives_back else _("seen gone by a fresh look")),
        ("hand", hand, _("done and attested by a named person")),
        ("left", left, _("left out by decision")),
        ("open", still, _("still open")),
    )
    return tuple(one for one in found if one[1])
