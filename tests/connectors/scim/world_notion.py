"""The practice wiki bent like Notion: what is made inactive is deleted, and groups are read one by one."""

from __future__ import annotations

from contextlib import AbstractContextManager

from tests.connectors.conformance.world import World
from tests.connectors.scim.world import bent


def opened() -> AbstractContextManager[World]:
    """The application on its first day."""
    return bent("notion")
