"""The systems Usher can reach: one module or package each, found by its name in policy."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import cast

from bot.domain.model import SystemKey
from connectors.interface import Connector, Proven, Secrets, Spec

SHARED = frozenset({"interface", "wire"})


def load(module: str, key: SystemKey, name: str, secrets: Secrets) -> Connector:
    """The connector `connectors.<module>` for one system; imported only now. Raises ImportError, ConnectorError."""
    return cast(Connector, import_module(f"connectors.{module}").connect(key, name, secrets))


def names() -> tuple[str, ...]:
    """Every connector there is, by the name of its module; nothing is imported for it."""
    return tuple(sorted(found.name for found in iter_modules(__path__) if found.name not in SHARED))


def described(module: str) -> tuple[Spec, Proven]:
    """What a connector declares, and what that ran against; no vendor's library is imported for it."""
    found = import_module(f"connectors.{module}")
    return found.SPEC, found.PROVEN
