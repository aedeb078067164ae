"""What deleting accounts after somebody left means: its plan, what a reading says, and everything that keeps them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial

from bot.domain.erase import BACK, PROTECTED, RESTORING, UNREAD, Seen, erase_plan, kept, why_kept
from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.mailbox import NO_DELETE
from bot.domain.model import Account, Delete, PersonId, Plan, SystemKey, Trigger
from bot.domain.planning import canonical
from bot.domain.policy import Policy
from bot.domain.reading import Reading
from bot.domain.request import Request, Step, deleted_by_hand
from bot.domain.verify import Verdict, judge
from bot.engine import breaker, progress, rights, search
from bot.engine.context import Engine, scene
from bot.engine.retry import Clock, retry_later
from bot.engine.sight import read_all
from bot.store import Tx, breakers, deletions, journal, outbox, people, records
from bot.store.deletions import Deletion
from connectors.interface import ConnectorError

SOON = timedelta(days=1)  # what was forbidden, or could not be read, is looked at again
LATER = timedelta(days=7)  # what people must move first
EARLIER = "An earlier try by Usher may have done this."


def forbidden(tx: Tx, policy: Policy, person: PersonId, system: SystemKey) -> str:
    """Why nothing of this person may be deleted in a system now; empty where it may."""
    if policy.legal_hold.covers(person, system):
        return NO_DELETE
    if person in policy.protected:
        return PROTECTED
    return RESTORING if records.open_requests(tx, subject=person, trigger=Trigger.RESTORE) else ""


def plan(engine: Engine, tx: Tx, request: Request, now: datetime) -> Plan | None:
    """The accounts that may go, by what the systems said just now; None where none may. What stays asks again later."""
    around = scene(engine, tx, request, now)
    every, stay = [], []
    for row in deletions.for_request(tx, request.id):
        reading = records.last_reading(tx, request.id, row.system)
        if reading is None:
            deletions.put_off(tx, [row], now + SOON, UNREAD)
            stay.append((row.system, "", UNREAD))
            continue
        one = Seen(around.rules.policy.systems[row.system], reading, engine.connectors[row.system].spec.can)
        found = [(row.system, account.label, why) for account, why in kept(one)]
        _row(tx, row, one, found, now)
        stay += found
        every.append(one)
    made = erase_plan(every, lambda key: around.keeper(request, key), partial(search.guide, engine))
    facts = {"deletes": len(made.steps), "keeps": len(stay)}
    journal.add(tx, "erase.weighed", now, request=request.id, facts=facts, private={"kept": canonical(stay)})
    if made.steps:
        return made
    _nothing(tx, request, stay, now)
    return None


def _row(tx: Tx, row: Deletion, one: Seen, found: list[tuple[SystemKey, str, str]], now: datetime) -> None:
    """Where some accounts of a system stay, it is looked at again; where there is none any more, it is over."""
    if found and len(found) == len(one.reading.account.items):
        deletions.put_off(tx, [row], now + LATER, found[0][2])
    elif found:
        deletions.plan(tx, row.parent, [(row.system, now + LATER)])
    elif not one.reading.account.items:
        deletions.end(tx, [row], "gone", now)


def _nothing(tx: Tx, request: Request, stay: Iterable[tuple[SystemKey, str, str]], now: datetime) -> None:
    """Nothing may be deleted now: nobody is asked, and the thread of the offboarding says why."""
    records.advance(tx, request, RequestState.WITHDRAWN, closed_at=now)
    journal.add(tx, "request.withdrawn", now, request=request.id, facts={"why": "kept", "by": None})
    for system, label, why in stay:
        outbox.tell(tx, "line", now, request=request.parent, what="erase kept", system=system, label=label, why=why)


def meet(engine: Engine, tx: Tx, request: Request, seen: Reading, now: datetime) -> None:
    """The reading at the start: what is gone is seen gone, and what must be kept by now stays."""
    for step in records.steps(tx, request.id):
        account = _account(step, seen)
        if step.system != seen.system or step.ended or step.tries or account is None:
            continue
        if isinstance(step.action, Delete) and judge(step.action, seen) is Verdict.CONFIRMED:
            progress.confirmed(tx, step, seen, now, already=True)
        elif why := why_kept(account, seen, engine.connectors[step.system].spec.can):
            _keep(tx, request, step, why, now)
    progress.free(engine, tx, request, now)


def _account(step: Step, seen: Reading) -> Account | None:
    """The account that a step deletes, as it was seen just now, or as it was when it is not seen any more."""
    native_id = step.action.account.native_id if isinstance(step.action, Delete) else deleted_by_hand(step)
    now = next((one for one in seen.account.items if one.native_id == native_id), None)
    return now or (step.action.account if isinstance(step.action, Delete) else None)


def stops(engine: Engine, tx: Tx, request: Request, step: Step, now: datetime) -> bool:
    """Whether a deletion must not run any more though it was approved; then the account stays, and people hear why.

    Looked at before each try: between two of them a person may have come back.
    """
    if not request.deletes:
        return False
    back = BACK if rights.returned(tx, request, now) else ""
    why = back or forbidden(tx, engine.policy(tx)[1], request.subject, step.system)
    if not why:
        return False
    _keep(tx, request, step, f"{why} {EARLIER}" if step.tries else why, now)
    progress.free(engine, tx, request, now)
    return True


def still_idle(engine: Engine, step: Step, clock: Clock) -> bool:
    """Whether a deletion that was tried before may be tried once more: its system is read anew, which may take days.

    What works again by then stays. True for every other change; where the system cannot be read, the try is put off.
    """
    if not step.tries or not isinstance(step.action, Delete):
        return True
    with engine.db.look() as tx:
        links = people.links(tx, records.subject_of(tx, step.request), system=step.system)
        known = breakers.of(tx, step.system)
    try:
        seen = read_all(engine.connectors[step.system], links, clock())
    except ConnectorError as error:
        breaker.failed(engine, step, error, known, clock())
        with engine.db.begin() as tx:
            records.lock(tx, step.request)
            retry_later(engine, tx, step, error, clock())
        return False
    with engine.db.begin() as tx:
        _look_once_more(engine, tx, step, seen, clock())
    return True


def _look_once_more(engine: Engine, tx: Tx, step: Step, seen: Reading, now: datetime) -> None:
    request = records.lock(tx, step.request)
    account = _account(step, seen)
    gone = isinstance(step.action, Delete) and judge(step.action, seen) is Verdict.CONFIRMED
    if account is None or gone:
        return  # a try that is not needed says that it was so already
    if why := why_kept(account, seen, engine.connectors[step.system].spec.can):
        _keep(tx, request, step, f"{why} {EARLIER}", now)
        progress.free(engine, tx, request, now)


def _keep(tx: Tx, request: Request, step: Step, why: str, now: datetime) -> None:
    if records.settle(tx, step, StepState.DROPPED, ended_at=now, due=None, said=why) is None:
        return
    deletions.plan(tx, request.parent or request.id, [(step.system, now + LATER)])
    journal.add(tx, "erase.kept", now, request=request.id, facts={"step": step.id, "said": why})
    outbox.tell(tx, "line", now, request=request.id, step=step.id, what="erase kept", why=why)


def raise_if_not_now(engine: Engine, tx: Tx, request: Request) -> None:
    """Whether this may be approved now. Raises Refused; the question stays open."""
    policy = engine.policy(tx)[1]
    for system in dict.fromkeys(row.system for row in deletions.for_request(tx, request.id)):
        if why := forbidden(tx, policy, request.subject, system):
            raise Refused(why, hint="Nothing is deleted. Deny it, or leave it until that has changed.")
