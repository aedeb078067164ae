"""The practice company for a whole session of tests, and a GitHub of its own for every test that wants one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.practice.company import github as practice
from bot.practice.company.start import Company, start_company
from tests.tools.github_watch import watched


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """Every system of the company, ready."""
    started = start_company(tmp_path_factory.mktemp("company"))
    try:
        assert started.wait(60), started.status()
        yield started
    finally:
        started.stop()


@pytest.fixture
def github() -> Iterator[practice.GitHub]:
    """GitHub as on the first day, and in every call as GitHub publishes it."""
    with watched() as started:
        yield started
