"""A system in memory: a connector that passes the same contract as the real ones, with faults to order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.domain.model import (
    Account,
    Asset,
    Assign,
    Change,
    Credential,
    Delete,
    Disable,
    Enable,
    EndSessions,
    Grant,
    HandOver,
    Link,
    Resume,
    Revoke,
    Suspend,
    SystemKey,
)
from bot.domain.reading import Part, Reading, Session, Work, absent, unseen
from connectors.interface import Check, ConnectorError, Guide, Outcome, Result, Spec, unsupported

ALL: frozenset[type[Change]] = frozenset({Suspend, Resume, Disable, Enable, EndSessions, Revoke, Assign, HandOver})


@dataclass
class Memory:
    """What the system holds, what was asked of it (`log`), and which faults come next (`faults`)."""

    key: SystemKey
    account: Account
    grants: list[Grant] = field(default_factory=list)
    credentials: list[Credential] = field(default_factory=list)
    assets: list[Asset] = field(default_factory=list)
    made: list[Credential] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    work: Part[Work] = field(default_factory=lambda: absent("Nothing goes on in memory."))
    blind: str = ""
    can: frozenset[type[Change]] = ALL
    settle: timedelta = timedelta(0)
    twice: bool = False
    missing: tuple[str, ...] = ()
    cannot: Mapping[type[Change], str] = field(default_factory=dict)
    guides: Mapping[type[Change], Guide] = field(default_factory=dict)
    alike: dict[str, tuple[Account, ...] | Exception] = field(default_factory=dict)
    checked: int = 0
    deleted: bool = False
    log: list[Change] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)
    lies: int = 0
    pending: list[Result | Exception] = field(default_factory=list)
    polled: list[str] = field(default_factory=list)
    _taken: dict[str, Change] = field(default_factory=dict)
    before_apply: Callable[[Change], None] | None = None
    after_apply: Callable[[Change], None] | None = None
    before_read: Callable[[], object] | None = None

    @property
    def spec(self) -> Spec:
        """What this connector declares."""
        return Spec(self.key, self.key.title(), self.can, (), settle=self.settle, twice=self.twice)

    def check(self) -> Check:
        """Ready, unless a permission was taken from us."""
        self.checked += 1
        return Check(ready=not self.missing, missing=self.missing, cannot=self.cannot)

    def by_hand(self, change: Change) -> Guide | None:
        """How a person does it, where a story says so."""
        return self.guides.get(type(change))

    def find(self, email: str) -> tuple[Account, ...]:
        """Whom a story put there under this e-mail."""
        found = self.alike.get(email, ())
        if isinstance(found, Exception):
            raise found
        return found

    def read(self, link: Link, now: datetime) -> Reading:
        """Everything, or the next fault that was ordered for a reading."""
        if self.before_read:
            self.before_read()
        self._fail()
        if self.deleted or self.account.native_id != link.native_id:
            return Reading(self.key, now, f"{self.key} itself")
        credentials: Part[Credential] = Part(tuple(self.credentials))
        if self.blind:
            credentials = unseen(self.blind)
        return Reading(
            self.key,
            now,
            f"{self.key} itself",
            account=Part((self.account,)),
            grants=Part(tuple(self.grants)),
            credentials=credentials,
            assets=Part(tuple(self.assets)),
            made=Part(tuple(self.made)),
            sessions=Part(tuple(self.sessions)),
            work=self.work,
        )

    def apply(self, change: Change) -> Outcome:
        """Do it, say that it was so already, or fail as ordered. With `lies` left it says yes and does nothing."""
        self.log.append(change)
        if self.before_apply:
            self.before_apply(change)
        self._fail()
        if type(change) not in self.can:
            raise unsupported(self.spec, change)
        if self.lies:
            self.lies -= 1
            return Outcome(Result.APPLIED, "Done.")
        if self.pending:
            self._taken[f"job-{len(self.log)}"] = change
            return Outcome(Result.PENDING, "Taken on.", handle=f"job-{len(self.log)}")
        return self._made(change)

    def poll(self, handle: str) -> Outcome:
        """How a change stands that was taken on: what was ordered in `pending`, one answer for each question."""
        self.polled.append(handle)
        answer = self.pending.pop(0) if self.pending else Result.APPLIED
        if isinstance(answer, Exception):
            raise answer
        return self._made(self._taken[handle]) if answer is Result.APPLIED else Outcome(answer)

    def _made(self, change: Change) -> Outcome:
        before = self._state()
        self._do(change)
        if self.after_apply:
            self.after_apply(change)
        changed = self._state() != before
        return Outcome(Result.APPLIED if changed else Result.ALREADY, f"{change.kind} made.")

    def _fail(self) -> None:
        if self.faults:
            raise self.faults.pop(0)

    def _state(self) -> tuple[object, ...]:
        lists = (self.grants, self.credentials, self.assets, self.made, self.sessions)
        return (self.account, self.deleted, *(tuple(found) for found in lists))

    def _do(self, change: Change) -> None:
        match change:
            case Suspend():
                self.account = replace(self.account, active=False)
            case Resume():
                self.account = replace(self.account, active=True)
            case Disable(credential) | Enable(credential):
                on = isinstance(change, Enable)
                self.credentials = [_switched(c, credential, on=on) for c in self.credentials]
                self.made = [_switched(c, credential, on=on) for c in self.made]
            case Delete():
                self.deleted = True
            case EndSessions():
                self.sessions = []
            case Revoke(grant):
                self.grants = [g for g in self.grants if g.key != grant.key]
            case Assign(grant):
                self.grants = self.grants if any(g.key == grant.key for g in self.grants) else [*self.grants, grant]
            case HandOver(asset, to) if to is not None:
                self.assets = [
                    replace(a, admins=(*a.admins, to.native_id), sole_admin=False)
                    if a.native_id == asset.native_id and to.native_id not in a.admins
                    else a
                    for a in self.assets
                ]
            case _:
                raise unsupported(self.spec, change)


@dataclass
class Sparing(Memory):
    """One that leaves out what goes on where a look is only to prove a change."""

    proved: int = 0

    def prove(self, link: Link, now: datetime) -> Reading:
        """The same without what nothing is judged by."""
        self.proved += 1
        return replace(self.read(link, now), work=absent("It was not asked what goes on."))


def _switched(one: Credential, other: Credential, *, on: bool) -> Credential:
    return replace(one, active=on) if one.native_id == other.native_id else one


def down(said: str = "The system does not answer.") -> ConnectorError:
    """A fault to order."""
    return ConnectorError(said)
