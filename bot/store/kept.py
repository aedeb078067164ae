"""Frozen values in a column of JSON: what is read again and again is understood once."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import Field, TypeAdapter
from sqlalchemy.engine import Dialect

from bot.domain.model import Action

_ACTION: TypeAdapter[Action] = TypeAdapter(Annotated[Action, Field(discriminator="kind")])  # five times as fast
_REMEMBERED = 4_000  # some ten megabytes; every settled step looks at the twenty or so actions of its plan


class _Kept(sa.TypeDecorator[Any]):
    """Read as text from both databases, so that the same text is the same value, made once."""

    impl = sa.JSON
    cache_ok = True
    read: Callable[[str | None], Any]

    def column_expression(self, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """The text itself: PostgreSQL's driver would parse it, and forget it."""
        return sa.type_coerce(sa.cast(column, sa.Text), self)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[str | None], Any]:
        """From the text to the value."""
        return type(self).read


@lru_cache(_REMEMBERED)
def _action(text: str | None) -> Action | None:
    if text is None or text == "null":  # a row of an earlier release may have the word
        return None
    return _ACTION.validate_json(text)


@lru_cache(_REMEMBERED)
def _numbers(text: str | None) -> tuple[int, ...]:
    return tuple(json.loads(text or "[]"))


class Doing(_Kept):
    """The change or task of a step."""

    cache_ok = True
    read = staticmethod(_action)

    def __init__(self) -> None:
        """No action is no value, not the word null."""
        super().__init__(none_as_null=True)

    def process_bind_param(self, value: Action | None, dialect: Dialect) -> object:
        """What is stored."""
        return None if value is None else _ACTION.dump_python(value, mode="json")


class Numbers(_Kept):
    """Some whole numbers, such as the steps that another one waits for."""

    cache_ok = True
    read = staticmethod(_numbers)

    def process_bind_param(self, value: tuple[int, ...] | None, dialect: Dialect) -> object:
        """What is stored."""
        return list(value or ())
