"""In which order a run goes through its modules, and which tests are given a second try."""

from __future__ import annotations

import pytest


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Modules with many tests marked slow come first, so that no worker is left with a long one while others rest.

    Inside a module everything stays where it is. A slow test runs programs and waits for them on a machine that others
    use: one that fails is tried a second time, and the end of the run names it. All other tests are tried once.
    """
    slow: dict[str, int] = {}
    for item in items:
        module = item.nodeid.partition("::")[0]
        marked = item.get_closest_marker("slow") is not None
        slow[module] = slow.get(module, 0) + marked
        if marked:
            item.add_marker(pytest.mark.flaky(reruns=1))
    items.sort(key=lambda item: -slow[item.nodeid.partition("::")[0]])
