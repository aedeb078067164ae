"""Systems in memory for the benchmarks: every account holds what it is asked about until that is taken away."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from bot.domain.model import Account, Change, Entitlement, Grant, Link, Revoke, SystemKey
from bot.domain.reading import Part, Reading
from connectors.interface import Check, Outcome, Result, Spec, unsupported

SYSTEMS = tuple(SystemKey(f"s{number:02}") for number in range(12))


@dataclass
class Vast:
    """One system. `log` outlives the process and is shared by several: one line for each change that was made.

    Every call takes `latency` seconds; `faults` come first, after `hangs` seconds more.
    """

    key: SystemKey
    log: Path | None = None
    latency: float = 0.0
    settle: timedelta = timedelta(0)
    holds: int = 1
    faults: list[Exception] = field(default_factory=list)
    hangs: float = 0.0
    _gone: set[str] = field(default_factory=set)
    _known: int = 0  # bytes of the log
    _reading: threading.Lock = field(default_factory=threading.Lock)

    @property
    def spec(self) -> Spec:
        """What this connector declares."""
        return Spec(self.key, self.key, frozenset({Revoke}), (), settle=self.settle)

    def check(self) -> Check:
        """Always ready."""
        return Check(ready=True)

    def find(self, email: str) -> tuple[Account, ...]:
        """Nobody: links are given."""
        return ()

    def read(self, link: Link, now: datetime) -> Reading:
        """What the account still holds, as it is when the answer leaves."""
        self._call()
        self._remember()
        account = Account(self.key, link.native_id, link.label, active=True)
        every = (Grant(account, entitlement(which)) for which in range(self.holds))
        left = tuple(grant for grant in every if _name(grant) not in self._gone)
        return Reading(self.key, now, "the system itself", account=Part((account,)), grants=Part(left))

    def apply(self, change: Change) -> Outcome:
        """Take it away; the second time it is so already."""
        if not isinstance(change, Revoke):
            raise unsupported(self.spec, change)
        self._call()
        self._remember()
        name = _name(change.grant)
        before = name in self._gone
        self._gone.add(name)
        if self.log is not None:
            with self.log.open("a") as out:
                out.write(f"{name} {time.time():.3f}\n")
        return Outcome(Result.ALREADY if before else Result.APPLIED, "Done.")

    def _call(self) -> None:
        if self.latency:
            time.sleep(self.latency)
        if self.faults:
            time.sleep(self.hangs)
            raise self.faults.pop(0)

    def _remember(self) -> None:
        if self.log is None or not self.log.exists() or self.log.stat().st_size == self._known:
            return
        with self._reading:
            with self.log.open() as known:
                known.seek(self._known)
                new = known.read()
            whole = new[: new.rfind("\n") + 1]  # another process may be in the middle of a line
            self._gone.update(line.split()[0] for line in whole.splitlines())
            self._known += len(whole)


def entitlement(which: int, *, privileged: bool = False) -> Entitlement:
    """One of the things that everybody holds."""
    return Entitlement(f"e{which}", "group", f"group {which}", privileged)


def vast(log: Path | None = None, latency: float = 0.0, holds: int = 1) -> Mapping[SystemKey, Vast]:
    """The twelve systems of the company; each has a log of its own, a file beside `log`."""
    return {key: Vast(key, log and log.with_name(f"{log.name}-{key}"), latency, holds=holds) for key in SYSTEMS}


def made(log: Path) -> list[tuple[str, float]]:
    """Every change that was made in all systems (account and thing, when), in the order of time."""
    files = [log.with_name(f"{log.name}-{key}") for key in SYSTEMS]
    lines = [line.split() for path in files if path.exists() for line in path.read_text().splitlines()]
    return sorted(((name, float(at)) for name, at in lines), key=lambda one: one[1])


def _name(grant: Grant) -> str:
    return f"{grant.account.native_id}/{grant.entitlement.native_id}"
