"""The systems Usher can reach: one module or package each, found by its name in policy."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from bot.domain.model import SystemKey
from connectors.interface import Connector, Secrets


def load(module: str, key: SystemKey, name: str, secrets: Secrets) -> Connector:
    """The connector `connectors.<module>` for one system; imported only now. Raises ImportError, ConnectorError."""
    return cast(Connector, import_module(f"connectors.{module}").connect(key, name, secrets))
