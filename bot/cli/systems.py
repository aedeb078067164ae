"""The connectors of the policy, each loaded when first needed: a vendor's library keeps nobody waiting at start."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

import structlog

from bot.domain.model import Account, Change, Link, Reading, SystemKey
from connectors.interface import Check, Connector, ConnectorError, Kind, Outcome, Spec

Load = Callable[[], Connector]

log = structlog.get_logger()


class Systems(Mapping[SystemKey, Connector]):
    """Every system with a connector is known at once; one that cannot be used says why to whoever asks it."""

    def __init__(self) -> None:
        self._waiting: dict[SystemKey, tuple[str, Load]] = {}
        self._loaded: dict[SystemKey, Connector] = {}
        self._loading = threading.RLock()

    def know(self, key: SystemKey, name: str, load: Load) -> None:
        """A system there is, and how to load its connector, which may raise ConnectorError or ImportError."""
        with self._loading:
            self._waiting[key] = (name, load)

    def try_all(self) -> None:
        """Load what nobody asked for yet and ask every system whether we could work; the log says what is missing."""
        for key in self:
            found = self[key].check()
            if not found.ready:
                log.warning("system is not ready", system=key, missing=found.missing)

    def __getitem__(self, key: SystemKey) -> Connector:
        if key not in self._loaded:
            with self._loading:
                if key not in self._loaded:
                    self._loaded[key] = _usable(key, *self._waiting[key])
        return self._loaded[key]

    def __contains__(self, key: object) -> bool:
        return key in self._waiting

    def __iter__(self) -> Iterator[SystemKey]:
        return iter(tuple(self._waiting))

    def __len__(self) -> int:
        return len(self._waiting)


def _usable(key: SystemKey, name: str, load: Load) -> Connector:
    try:
        return load()
    except ConnectorError as error:
        said = error.said
    except ImportError as error:
        said = f"There is no such connector: {error.name}."
    log.error("system cannot be used", system=key, said=said)
    return _Unusable(Spec(key, name, frozenset(), ()), said)


@dataclass(frozen=True, slots=True)
class _Unusable:
    """A connector whose settings are not complete: it can do nothing and answers everything with the reason."""

    spec: Spec
    said: str

    def check(self) -> Check:
        """What is missing."""
        return Check(ready=False, missing=(self.said,))

    def read(self, link: Link, now: datetime) -> Reading:
        """Raises ConnectorError."""
        self._refuse()

    def apply(self, change: Change) -> Outcome:
        """Raises ConnectorError."""
        self._refuse()

    def find(self, email: str) -> tuple[Account, ...]:
        """Raises ConnectorError."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise ConnectorError(self.said, kind=Kind.CREDENTIAL)
