"""Rows that become values in one go, by the order of their columns."""

from __future__ import annotations

from bot.domain.model import Person
from bot.domain.request import Step
from bot.store import tables as t


def test_the_columns_of_steps_and_people_stand_in_the_order_of_their_facts() -> None:
    """A step, or a person, is made from its row as it comes: a new fact is added at the same place in both."""
    assert [column.name for column in t.steps.c] == list(Step.__dataclass_fields__)
    facts = list(Person.__dataclass_fields__)
    assert [column.name for column in t.people.c][: len(facts)] == facts
