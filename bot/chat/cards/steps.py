"""One step in words: what it is, what makes it risky or premature, where it stands."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from bot.chat.cards import kept, work
from bot.chat.cards.trouble import open_for, waits
from bot.chat.cards.words import _, ago, day_and_time, listed, moment_of
from bot.domain.lifecycle import StepState
from bot.domain.model import (
    Account,
    Asset,
    Assign,
    Credential,
    Delete,
    Disable,
    Enable,
    EndSessions,
    HandOver,
    Provision,
    Resume,
    Revoke,
    Suspend,
    Task,
    Wave,
)
from bot.domain.planning import APPROVAL, MACHINE
from bot.domain.request import Step, StepKind
from bot.domain.restore import gives
from bot.domain.rules import MOMENT
from bot.domain.successors import ACCEPT, KEPT, RENEW
from bot.engine.view import View

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC")
_DECIDE = "Decide what becomes of {label}"
_DISABLE = {MACHINE: _DECIDE, ACCEPT: _DECIDE, RENEW: "Put something new in the place of {label}", KEPT: "Keep {label}"}


def what(step: Step, view: View) -> str:
    """What will be done, as an order a non-engineer understands."""
    match step.action:
        case Task(title):
            return _(title)
        case Suspend(account):
            return _("Lock the account {label}", label=account.label)
        case Resume(account):
            return _("Unlock the account {label}", label=account.label)
        case Disable(credential):
            return _(_DISABLE.get(step.held, "Switch off: {label}"), label=label_of(credential))
        case Enable(credential):
            return _("Switch on: {label}", label=label_of(credential))
        case EndSessions(account):
            return _("End the open sessions of {label}", label=account.label)
        case Revoke(grant):
            return _("Take away: {label}", label=grant.entitlement.label)
        case Assign(grant):
            return _("Give: {label}", label=grant.entitlement.label)
        case HandOver(asset, to):
            new = view.account(to) if to else _("a successor, still to be named")
            return _("Hand over {kind} {label} to {new}", kind=_(asset.kind), label=asset.label, new=new)
        case Provision(account):
            return _("Create the account {label}", label=account.label)
        case Delete(account):
            return _("Delete the account {label}", label=account.label)
        case None:
            return _("Read {system}", system=view.system(step.system))


def label_of(credential: Credential) -> str:
    """Its label, with its kind before it where the label does not say it."""
    kind = _(credential.kind)
    same = kind.casefold() in credential.label.casefold()
    return credential.label if same else _("{kind} “{label}”", kind=kind, label=credential.label)


def facts(step: Step, view: View) -> tuple[str, ...]:
    """What a person should know before this happens: use, risk, whether it can be undone."""
    said: list[str] = []
    match step.action:
        case Disable(credential):
            said.append(_used(credential, view))
        case Revoke(grant) if grant.entitlement.why:
            said.append(_(grant.entitlement.why))
        case HandOver(asset):
            said.extend(_asset(asset, view))
            goes_on = work.there(view, step.system, things=(asset.native_id,))
            said.extend(hint for one in goes_on for hint in work.schedules(one, view))
        case EndSessions():
            sessions = view.readings[step.system].sessions.items if step.system in view.readings else ()
            if not sessions:
                return ()
            open_now = _("1 open now") if len(sessions) == 1 else _("{n} open now", n=len(sessions))
            said.append(_("{count}: {labels}", count=open_now, labels=here(listed(s.label for s in sessions), view)))
        case Suspend(account):
            said.append(last_active(account, view))
        case _:
            pass
    if step.why and not step.rule:  # why a rule made it wait is told beside the rule
        said.append(_(step.why))
    if not step.reversible and not isinstance(step.action, HandOver | Task):
        said.append(_("cannot be undone"))
    return tuple(filter(None, said))


def here(text: str, view: View) -> str:
    """The text of a system with its moments in the zone of the company: one plan has one clock."""

    def local(found: re.Match[str]) -> str:
        moment = datetime.strptime(found[0], MOMENT).replace(tzinfo=UTC)
        return moment_of(moment, view.now, view.policy.zone, "%H:%M")

    return _MOMENT.sub(local, text)


def _used(credential: Credential, view: View) -> str:
    if credential.last_used:
        return _("used {when}", when=ago(credential.last_used, view.now))
    if credential.used is False:
        return _("never used")
    return _("last use not known")


def _asset(asset: Asset, view: View) -> list[str]:
    said = [_("nobody else administers it")] if asset.sole_admin else []
    if asset.last_activity is None:
        return [*said, _("last change not known")]
    when = ago(asset.last_activity, view.now)
    by = _(" by {who}", who=asset.last_actor) if asset.last_actor else ""
    return [*said, _("last change {when}{by}", when=when, by=by)]


def last_active(account: Account, view: View) -> str:
    """When somebody last used their account; what a system does not tell is not never."""
    if account.last_active:
        return _("last active {when}", when=ago(account.last_active, view.now))
    return _("never used") if account.used is False else _("last activity not known")


def mark(step: Step) -> str:
    """A sign before the words; the words say the same."""
    signs = {
        StepState.CONFIRMED: "✓",
        StepState.ATTESTED: "✓",
        StepState.WAIVED: "–",
        StepState.DROPPED: "–",
        StepState.LAPSED: "✓",
        StepState.RUNNING: "…",
        StepState.APPLIED: "…",
        StepState.PARKED: "!",
        StepState.FAILED: "!",
        StepState.HELD: "?",
    }
    return signs.get(step.state, "·")


_STATES = {
    StepState.CONFIRMED: "seen at {time}",
    StepState.ATTESTED: "done by {doer}",
    StepState.DROPPED: "left out",
    StepState.LAPSED: "over by itself, by time",
    StepState.APPLIED: "accepted, being checked",
    StepState.RUNNING: "at work",
    StepState.PARKED: "stuck: {why}",
    StepState.FAILED: "failed: {why}",
    StepState.HELD: "waiting for {asked}",
    StepState.WAITING: "not begun",
}


def waived(step: Step, view: View) -> str:
    """An exception that two people made stays visible for ever, with its end."""
    name = view.name(step.ended_by)
    if step.due is None:
        return _("left open by decision of {name} and a second person; that time is over", name=name)
    until = day_and_time(step.due, view.policy.zone)
    return _("left open by decision of {name} and a second person, until {until}", name=name, until=until)


def state_words(step: Step, view: View) -> str:
    """Where it stands, in plain words."""
    if step.state is StepState.WAIVED:
        return waived(step, view)
    if kept.is_held(step):
        return kept.state(step, view)
    decided = step.held == APPROVAL or step.assignee is None
    asked = _("the approvers") if decided else view.name(step.assignee)
    if step.state is StepState.READY:
        if step.kind is StepKind.TASK and step.assignee:
            return _("waiting for {asked}", asked=asked)
        if view.halt is not None and (step.wave is not Wave.CONTAIN or gives(step.action)):
            return _("waits, because Usher is paused")
        return waits(step, view) if step.error else _("about to begin")
    if step.state is StepState.APPLIED and step.error:
        return _("accepted, not checked yet: {why} {age}", why=step.error, age=open_for(step, view.now)).rstrip()
    time = moment_of(step.ended_at or view.now, view.now, view.policy.zone)
    return _(_STATES[step.state], time=time, doer=view.name(step.ended_by), why=step.error, asked=asked)
