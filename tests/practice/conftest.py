"""The practice workspace with the real Bolt on the other end, and without."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.practice.bolt_bot import Heard, by_http, by_socket
from tests.practice.people import WEB, Practice, start


@pytest.fixture(scope="session", autouse=True)
def web_closed() -> Iterator[None]:
    """The client all tests share is closed at the end."""
    yield
    WEB.close()


@pytest.fixture(scope="session")
def all_heard() -> Heard:
    """Everything the bot of this session heard."""
    return []


@pytest.fixture(scope="session", params=["socket mode", "signed http"])
def joined(request: pytest.FixtureRequest, all_heard: Heard) -> Iterator[Practice]:
    """A workspace with the real Bolt, once in each transport."""
    with (by_socket if request.param == "socket mode" else by_http)(all_heard) as practice:
        yield practice


@pytest.fixture
def heard(all_heard: Heard) -> Heard:
    """What the bot hears during this test."""
    all_heard.clear()
    return all_heard


@pytest.fixture(scope="module")
def alone() -> Iterator[Practice]:
    """A workspace without a bot: only its own answers are under test."""
    practice = start()
    yield practice
    practice.served.stop()
