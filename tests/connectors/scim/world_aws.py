"""The practice wiki bent like AWS IAM Identity Center: members hidden, removed by value, pages by a cursor."""

from __future__ import annotations

from contextlib import AbstractContextManager

from tests.connectors.conformance.world import World
from tests.connectors.scim.world import bent


def opened() -> AbstractContextManager[World]:
    """The application on its first day."""
    return bent("aws-identity-center")
