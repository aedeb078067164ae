"""Troubles around a database: what can go wrong at any statement. It has no pages, no queues and no web pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.connectors.conformance.faults import Armed, Call, Fault


@dataclass(frozen=True, slots=True)
class Errors:
    """How a database says that it goes down, that the line is cut, and that somebody may not do this."""

    broken: Callable[[], Exception]
    lost: Callable[[], Exception]
    denied: Callable[[], Exception]


@dataclass(slots=True)
class Statements:
    """Counts statements and lets the armed faults happen; `writes` are how those begin that change something."""

    writes: tuple[str, ...]
    errors: Errors
    rename: Callable[[bool], None]
    """Give the person another name (True), or the old one back."""
    knows: frozenset[Fault] = frozenset({Fault.BROKEN, Fault.LOST, Fault.RENAMED, Fault.DENIED})
    calls: list[Call] = field(default_factory=list)
    armed: list[Armed] = field(default_factory=list)
    denied: bool = False
    lost: bool = False
    renamed: bool = False

    def arm(self, *faults: Armed) -> None:
        """From now on these faults meet their statements."""
        self.armed, self.calls = list(faults), []

    def clear(self) -> None:
        """All is well again."""
        self.armed, self.denied, self.lost = [], False, False
        if self.renamed:
            self.renamed = False
            self.rename(False)

    def around(self, opened: Any) -> Any:
        """This connection, whose statements are counted and met."""
        return _Met(opened, self)

    def meet(self, statement: str) -> None:
        """Let what is armed for this statement happen before it. Raises the database's errors."""
        call = Call(statement, statement.startswith(self.writes))
        self.calls.append(call)
        for one in self.armed:
            if one.at in {call.name, len(self.calls) - 1} and not one.met:
                one.met = True
                self._befalls(one.fault)
        if self.denied and call.write:
            raise self.errors.denied()

    def ended(self) -> None:
        """Called when a connection ends, after its transaction did. Raises where the answer to that gets lost."""
        if self.lost:
            self.lost = False
            raise self.errors.lost()

    def _befalls(self, fault: Fault) -> None:
        match fault:
            case Fault.BROKEN:
                raise self.errors.broken()
            case Fault.LOST:
                self.lost = True
            case Fault.DENIED:
                self.denied = True
            case Fault.RENAMED if not self.renamed:
                self.renamed = True
                self.rename(True)


@dataclass(frozen=True, slots=True)
class _Met:
    opened: Any
    statements: Statements

    def execute(self, statement: Any, values: Any = None) -> Any:
        """Run one statement. Raises the database's errors."""
        said = statement if isinstance(statement, str) else statement.as_string(None)
        self.statements.meet(" ".join(said.split()))
        return self.opened.execute(statement, values)

    def __getattr__(self, name: str) -> Any:
        """Everything else is the connection's own."""
        return getattr(self.opened, name)
