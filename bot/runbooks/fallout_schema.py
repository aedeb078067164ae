"""What a company writes about trouble: how long something may stay open, whom to turn to, and when they work."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.policy import Exceptions
from bot.runbooks.fields import Fields, Length


class ExceptionsFields(Fields):
    """How long something may stay open by decision of two people."""

    longest: Length = timedelta(days=90)


def exceptions(found: ExceptionsFields) -> Exceptions:
    """The bound of what two people may leave open."""
    return Exceptions(found.longest)
