"""A company for the benchmarks of the engine: a database of either kind, its people, and requests that run already."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Account, Assign, Grant, Link, PersonId, Power, RequestId, Revoke, SystemKey, Trigger, Wave
from bot.domain.request import Request, Step, StepKind
from bot.practice.company.people import FILES
from bot.store import Database, Tx, records, versions
from bot.store import tables as t
from bot.store.people import give
from tests.bench.vast import SYSTEMS, entitlement
from tests.tools.postgres import cluster

KINDS = ("sqlite", "postgresql")
DIGEST = "d" * 64
BOSS, OWNER, ASKER = PersonId("P-001"), PersonId("P-002"), PersonId("P-003")


def now() -> datetime:
    """The clock on the wall."""
    return datetime.now(UTC)


@contextmanager
def database(kind: str) -> Iterator[str]:
    """The address of a fresh database at the newest migration; both kinds wait for the disk, as served ones do."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="usher-bench-")))
        url = f"sqlite:///{folder / 'usher.sqlite3'}"
        if kind == "postgresql":
            server = stack.enter_context(cluster())
            for setting in (b"fsync", b"synchronous_commit", b"full_page_writes"):
                server.admin.execute(b"ALTER SYSTEM SET " + setting + b" = on")
            server.admin.execute("SELECT pg_reload_conf()")
            url = server.url(server.create())
        db = Database(url)
        db.migrate()
        db.close()
        yield url


# ---- the company ----


def people(db: Database, count: int) -> None:
    """So many people who report to one boss, twelve systems, and the rules."""
    at = now()
    everybody = [BOSS, OWNER, ASKER, *(person(number) for number in range(count))]
    links = [link(number, system) for number in range(count) for system in SYSTEMS]
    with db.begin() as tx:
        versions.keep(tx, "policy.yaml", _policy(), at)
        versions.keep(tx, "runbooks/leaver.yaml", (FILES / "runbooks/leaver.yaml").read_text(encoding="utf-8"), at)
        tx.execute(sa.insert(t.people), [{"id": key, "name": f"Person {key}", "manager": BOSS} for key in everybody])
        tx.execute(sa.insert(t.links), [{**asdict(one), "at": at} for one in links])
        give(tx, ASKER, Power.HR, at, by="set-up")


def person(number: int) -> PersonId:
    """The id of the person with this number."""
    return PersonId(f"P-1{number:06}")


def account(number: int, system: SystemKey) -> Account:
    """The account of that person in a system."""
    return Account(system, f"{system}-{number}", f"person {number}", active=True)


def link(number: int, system: SystemKey) -> Link:
    """What says that the account is theirs."""
    mine = account(number, system)
    return Link(person(number), system, mine.native_id, mine.label, "set-up", "set-up")


def held(number: int, system: SystemKey, which: int = 0, *, privileged: bool = False) -> Grant:
    """One of the things that everybody holds in a system."""
    return Grant(account(number, system), entitlement(which, privileged=privileged))


def _policy() -> str:
    text = (FILES / "policy.yaml").read_text(encoding="utf-8")
    systems = "".join(f"  {key}:\n    name: {key}\n    owner: {OWNER}\n    connector: github\n" for key in SYSTEMS)
    return f"{text[: text.index('systems:')]}systems:\n{systems}"


# ---- requests in the middle of their work ----


@dataclass(frozen=True, slots=True)
class Case:
    """One running request: about whom, and what is taken away; with `due`, access that was given ends then."""

    number: int
    grants: tuple[Grant, ...]
    due: datetime | None = None

    @property
    def id(self) -> RequestId:
        """Its id."""
        return RequestId(f"{'ACC' if self.due else 'OFF'}-{100_000 + self.number}")


def leaver(number: int, each: int = 1, systems: Sequence[SystemKey] = SYSTEMS) -> Case:
    """Somebody who loses `each` things in every one of these systems."""
    return Case(number, tuple(held(number, system, which) for system in systems for which in range(each)))


def lent(number: int, due: datetime, *, privileged: bool = False) -> Case:
    """Somebody whose access to one thing ends at that moment; the people are spread over the systems."""
    return Case(number, (held(number, SYSTEMS[number % len(SYSTEMS)], privileged=privileged),), due)


def write(tx: Tx, cases: Sequence[Case]) -> list[Step]:
    """Store requests that were approved and have begun; the steps that take something away."""
    at = now()
    steps = [step for case in cases for step in steps_of(case, at)]
    for case in cases:
        records.add(tx, _request(case, at))
        known = [step.number for step in steps if step.request == case.id]
        records.add_approval(tx, _request(case, at), BOSS, yes=True, items=known, at=at)
    records.add_steps(tx, steps)
    return [step for step in steps if isinstance(step.action, Revoke)]


def ask(tx: Tx, cases: Sequence[Case]) -> None:
    """Store requests that wait for two people to decide, her boss and the owner of the systems."""
    at = now()
    for case in cases:
        request = replace(_request(case, at), state=RequestState.AWAITING_APPROVAL, quorum=2, approvers=(BOSS, OWNER))
        records.add(tx, replace(request, decided_at=None, started_at=None))
        records.add_steps(tx, [replace(one, state=StepState.WAITING) for one in _leaving(case, at) if one.action])


def _request(case: Case, at: datetime) -> Request:
    return Request(
        id=case.id,
        trigger=Trigger.ACCESS if case.due else Trigger.LEAVER,
        state=RequestState.RUNNING,
        requester=ASKER,
        subject=person(case.number),
        starts_at=at - timedelta(hours=1),
        immediate=True,
        voluntary=True,
        reason="",
        note="",
        created_at=at - timedelta(hours=2),
        policy_version=1,
        runbook_version=2,
        digest=DIGEST,
        quorum=1,
        approvers=(BOSS,),
        decided_at=at - timedelta(hours=1),
        started_at=at - timedelta(hours=1),
    )


def steps_of(case: Case, at: datetime) -> list[Step]:
    """Its steps: those that were done, and those that are to be run or wait for their moment."""
    return _lent(case, case.due, at) if case.due else _leaving(case, at)


def _leaving(case: Case, at: datetime) -> list[Step]:
    systems = dict.fromkeys(grant.account.system for grant in case.grants)
    done = _step(case, 0, StepState.CONFIRMED, SYSTEMS[0], ended_at=at, first_tried_at=at, tries=1)
    reads = [
        replace(done, id=records.step_id(case.id, -n), number=-n, system=key, kind=StepKind.READ)
        for n, key in enumerate(systems)
    ]
    ends = [
        replace(_step(case, n, StepState.READY, grant.account.system), action=Revoke(grant))
        for n, grant in enumerate(case.grants, start=1)
    ]
    return [*reads, *ends]


def _lent(case: Case, due: datetime, at: datetime) -> list[Step]:
    (grant,) = case.grants
    privileged = grant.entitlement.privileged
    gave = _step(case, 1, StepState.CONFIRMED, grant.account.system, ended_at=at, first_tried_at=at, tries=1)
    ends = _step(case, 2, StepState.WAITING, grant.account.system, due=due, privileged=privileged, after_done=(1,))
    read = _step(case, 0, StepState.CONFIRMED, grant.account.system, ended_at=at, first_tried_at=at, tries=1)
    return [
        replace(read, kind=StepKind.READ),
        replace(gave, action=Assign(grant), applied_at=at),
        replace(ends, action=Revoke(grant), wave=Wave.CONTAIN),
    ]


def _step(case: Case, number: int, state: StepState, system: SystemKey, **facts: Any) -> Step:
    key = records.step_id(case.id, number)
    return Step(key, case.id, number, StepKind.APPLY, system, Wave.MEMBERSHIPS, None, state, **facts)
