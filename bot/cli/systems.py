"""The connectors of the policy, each loaded when first needed: a vendor's library keeps nobody waiting at start."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, NoReturn

import structlog

from bot.domain.model import Account, Change, Link, SystemKey
from bot.domain.reading import Reading
from connectors.interface import (
    Bounds,
    Check,
    Connector,
    ConnectorError,
    Guides,
    Kind,
    Lists,
    Outcome,
    Polls,
    Proves,
    Returns,
    Secrets,
    Spec,
)

if TYPE_CHECKING:
    from bot.config import Settings

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

    def forget(self, key: SystemKey) -> None:
        """Load this connector again when it is next asked: somebody may have replaced its credentials."""
        self._loaded.pop(key, None)

    def __getitem__(self, key: SystemKey) -> Connector:
        known = self._loaded.get(key)
        if known is None:
            with self._loading:
                known = self._loaded.get(key) or _Watched(_usable(key, *self._waiting[key]), partial(self.forget, key))
                self._loaded[key] = known
        return known

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


@dataclass(slots=True)
class Fetched:
    """How to load one connector: with the settings of the start, later with what a reference says by then."""

    connector: str
    key: SystemKey
    name: str
    settings: Settings = field(repr=False)
    _used: bool = False

    def __call__(self) -> Connector:
        """The connector. Raises ConnectorError, ImportError."""
        import connectors

        secrets, self._used = self.secrets(), True
        return connectors.load(self.connector, self.key, self.name, Secrets(secrets))

    def secrets(self) -> Mapping[str, str]:
        """What this connector may know: of the start, or fetched now. Raises ConnectorError."""
        from bot.cli.logs import hide
        from bot.config import Misconfigured
        from bot.secrets import again, is_reference

        known = self.settings.secrets(self.key)
        prefix = f"USHER_{self.key.upper().replace('-', '_')}_"
        lying_elsewhere = {
            name for name, value in os.environ.items() if name.startswith(prefix) and is_reference(value)
        }
        if not self._used or not lying_elsewhere:
            return known
        try:
            fresh = again(os.environ, prefix)
        except Misconfigured as error:
            raise ConnectorError(error.mistakes[0], kind=Kind.CREDENTIAL) from None
        hide(fresh[name] for name in lying_elsewhere)
        return {**known, **{name.removeprefix(prefix): fresh[name] for name in lying_elsewhere}}


class _Watched:
    """A connector that is loaded again after its system refused its credentials.

    What a connector may offer beyond the usual is offered here exactly where it does: nothing gets lost in between.
    """

    def __init__(self, inner: Connector, forget: Callable[[], None]) -> None:
        self._inner = inner
        self._forget = forget
        if isinstance(inner, Polls):
            self.poll = partial(self._ask, inner.poll)
        if isinstance(inner, Lists):
            self.accounts = partial(self._list, inner)
        if isinstance(inner, Proves):
            self.prove = partial(self._prove, inner)
        if isinstance(inner, Guides):
            self.by_hand = inner.by_hand
        if isinstance(inner, Bounds):
            self.bounds = inner.bounds
        if isinstance(inner, Returns):
            self.comes_back = inner.comes_back

    @property
    def spec(self) -> Spec:
        """What it declares."""
        return self._inner.spec

    def check(self) -> Check:
        """What holds now."""
        return self._inner.check()

    def read(self, link: Link, now: datetime) -> Reading:
        """Raises ConnectorError."""
        with self._watching():
            return self._inner.read(link, now)

    def apply(self, change: Change) -> Outcome:
        """Raises ConnectorError."""
        with self._watching():
            return self._inner.apply(change)

    def find(self, email: str) -> tuple[Account, ...]:
        """Raises ConnectorError."""
        with self._watching():
            return self._inner.find(email)

    def _ask(self, poll: Callable[[str], Outcome], handle: str) -> Outcome:
        with self._watching():
            return poll(handle)

    def _prove(self, inner: Proves, link: Link, now: datetime) -> Reading:
        with self._watching():
            return inner.prove(link, now)

    def _list(self, inner: Lists) -> Iterator[Account]:
        with self._watching():  # also in the middle of the list
            yield from inner.accounts()

    @contextmanager
    def _watching(self) -> Iterator[None]:
        try:
            yield
        except ConnectorError as error:
            if error.kind is Kind.CREDENTIAL:
                self._forget()
            raise


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

    def accounts(self) -> Iterator[Account]:
        """Raises ConnectorError: that its settings are wrong does not mean that it has no list."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise ConnectorError(self.said, kind=Kind.CREDENTIAL)
