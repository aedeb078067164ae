"""Which modules a run begins with: the slow ones, so that no worker is left with a long one while the others rest."""

from __future__ import annotations

import pytest


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Modules with many tests marked slow come first; inside a module everything stays where it is."""
    slow: dict[str, int] = {}
    for item in items:
        module = item.nodeid.partition("::")[0]
        slow[module] = slow.get(module, 0) + (item.get_closest_marker("slow") is not None)
    items.sort(key=lambda item: -slow[item.nodeid.partition("::")[0]])
