"""How GraphQL gives a list: so many at once, with a cursor to go on from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from bot.practice.company.github.state import Refusal

Shape = dict[str, Any]
Pages = Callable[..., Shape]


def connection(items: Sequence[Any], shape: Callable[[Any], Shape], after: str | None, first: int | None) -> Shape:
    """One stretch of a list; GitHub wants to be told how many, and gives no more than a hundred at once."""
    if first is None or not 1 <= first <= 100:
        raise Refusal(422, "You must provide a `first` or `last` value between 1 and 100 to page through it.")
    start = int(after or 0)
    part = [shape(item) for item in items[start : start + first]]
    end = start + len(part)
    edges = [{"cursor": str(at), **(one if "node" in one else {"node": one})} for at, one in enumerate(part, start + 1)]
    return {
        "edges": edges,
        "nodes": [edge["node"] for edge in edges],
        "pageInfo": {"endCursor": str(end) if part else None, "hasNextPage": end < len(items)},
        "totalCount": len(items),
    }


def paged(items: Callable[[], Sequence[Any]], shape: Callable[[Any], Shape]) -> Pages:
    """The field of a list, asked for in pages."""

    def page(_info: Any, after: str | None = None, first: int | None = None, **_rest: object) -> Shape:
        return connection(items(), shape, after, first)

    return page
