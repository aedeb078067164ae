"""The mail and the files of a leaver as tasks of a plan, and what a legal hold forbids."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.mailbox import tasks
from bot.domain.model import Change, Person, Plan
from bot.domain.request import Request
from bot.domain.seats import lines
from bot.engine.context import Engine, Scene
from bot.store import Tx


def beside(request: Request, around: Scene, plan: Plan) -> Plan:
    """The plan of a leaver with what is to be done about mail and files, where the runbook says so."""
    mailbox = around.rules.runbook.mailbox
    if mailbox is None or mailbox.system not in around.rules.policy.systems:
        return plan
    person = around.person(request.subject)
    asked = around.keeper(request, mailbox.system)
    hold = around.rules.policy.legal_hold
    found = tasks(mailbox, person, _heir(around, person), request.starts_at, hold)
    more = lines(((mailbox.system, task, asked) for task in found), len(plan.steps) + 1)
    return replace(plan, steps=(*plan.steps, *more))


def _heir(around: Scene, person: Person) -> Person | None:
    """The manager, while they work here."""
    if person.manager is None or not around.crew.working(person.manager, around.today):
        return None
    return around.crew.people.get(person.manager)


def must_be_kept(engine: Engine, tx: Tx, request: Request, change: Change) -> bool:
    """Whether a legal hold in force forbids this change, whatever was approved before."""
    return engine.policy(tx)[1].legal_hold.forbids(change, request.subject)
