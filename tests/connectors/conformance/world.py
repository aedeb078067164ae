"""What a connector brings to the conformance suite: `opened` in `tests/connectors/<system>/world.py`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from bot.domain.model import Change, Delete, Link
from bot.domain.reading import Reading
from connectors.interface import Connector, Ground
from tests.connectors.conformance.faults import Trouble
from tests.connectors.contract import NOW, PARTS, removals

FOLDERS = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class World:
    """A connector on a system of its own, as on the first day, with troubles to switch on.

    `holds` asks the system itself, past the connector and past every trouble: does the account still have what this
    change takes away or gives back (None: it cannot be asked so)? `accept`: what the person does for a pending change.
    `also` are capabilities this world does not ask for, which other tests of the connector run on the same server.
    """

    connector: Connector
    link: Link
    trouble: Trouble
    holds: Callable[[Change], bool | None]
    ground: frozenset[Ground]
    accept: Callable[[], None] = lambda: None
    also: frozenset[type[Change]] = frozenset()


Opened = Callable[[], AbstractContextManager[World]]


def worlds() -> tuple[str, ...]:
    """Every world there is: `scim` is tests/connectors/scim/world.py, `scim-odd` would be world_odd.py beside it."""
    found = [path for path in FOLDERS.glob("*/world*.py") if path.parent != Path(__file__).parent]
    return tuple(sorted(f"{path.parent.name}{path.stem.removeprefix('world').replace('_', '-')}" for path in found))


def world(name: str) -> AbstractContextManager[Opened]:
    """How a world is opened, as often as wanted; its module is imported only now.

    A module offers `opened`; where what lies under all its first days takes long to start, `hosted` gives that.
    """
    system, _, which = name.partition("-")
    module = import_module(f"tests.connectors.{system}.world{'_' if which else ''}{which.replace('-', '_')}")
    if hasattr(module, "hosted"):
        hosted: AbstractContextManager[Opened] = module.hosted()
        return hosted
    return nullcontext(module.opened)


def held(reading: Reading) -> dict[str, frozenset[object]]:
    """What a reading found, by native ids, and whether it works: what must be there again at the end."""
    return {part: frozenset(_name(one) for one in getattr(reading, part).items) for part in PARTS}


def _name(one: Any) -> object:
    native = getattr(one, "key", None) or one.native_id
    return (native, getattr(one, "active", None), getattr(one, "sole_admin", None))


@dataclass(slots=True)
class Stage:
    """A world that is opened anew once something happened in it that nothing can give back."""

    hosted: AbstractContextManager[Opened]
    world: World = field(init=False)
    clean: Reading = field(init=False)
    changes: tuple[Change, ...] = field(init=False)
    can: frozenset[type[Change]] = field(init=False)
    _open: ExitStack = field(default_factory=ExitStack)
    _day: ExitStack = field(default_factory=ExitStack)
    _opened: Opened = field(init=False)
    _kinds: list[type[Change]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._opened = self._open.enter_context(self.hosted)
        self.renew()

    def renew(self) -> None:
        """The first day again: what the person has, and what a leaver's plan asks of the connector."""
        self._day.close()
        self.world = self._day.enter_context(self._opened())
        self.clean = self.read()
        self.can = self.world.connector.spec.can - set(self.world.connector.check().cannot)
        last = [Delete(account) for account in self.clean.account.items if Delete in self.can]
        self.changes = (*removals(self.clean, self.can), *last)
        kinds = [type(change) for change in self.changes]
        assert kinds, "the leaver of this world has nothing to lose"
        assert kinds == (self._kinds or kinds), "this world does not begin anew when it is opened again"
        self._kinds = kinds

    def read(self) -> Reading:
        """A fresh reading. Raises ConnectorError."""
        return self.world.connector.read(self.world.link, NOW)

    def tidy(self, end: Reading) -> None:
        """Open the world anew unless everything is, at the end, as on the first day."""
        if held(end) != held(self.clean):
            self.renew()

    def close(self) -> None:
        """The end."""
        self._day.close()
        self._open.close()
