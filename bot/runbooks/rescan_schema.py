"""When is looked again after somebody left, as a company writes it."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator, Field

from bot.runbooks.fields import Number


def _rising(days: tuple[int, ...]) -> tuple[int, ...]:
    for one, other in pairwise(days):
        if other <= one:
            raise ValueError(f"day {other} does not come after day {one}: write the days in their order, each once")
    return days


# Days after the end; none means that nobody looks again.
Days = Annotated[
    tuple[Annotated[Number, Field(ge=1, le=3650)], ...],
    Field(max_length=12),
    AfterValidator(_rising),
]
