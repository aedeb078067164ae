"""What connectors that speak HTTP share."""

from __future__ import annotations

import threading
from datetime import timedelta

import httpx
import pytest

from connectors.interface import ConnectorError, Kind
from connectors.wire.http import LONGEST_WAIT, ask, client, evidence, refusal, wait
from connectors.wire.together import side_by_side

TOKEN = "tok-very-secret"
NOON = "Sat, 21 Nov 2026 12:00:00 GMT"


def speaking(handler: httpx.MockTransport) -> httpx.Client:
    """Our client's settings, answered by a function."""
    made = client("http://wiki.example", {"Authorization": f"Bearer {TOKEN}"})
    return httpx.Client(base_url=made.base_url, headers=made.headers, timeout=made.timeout, transport=handler)


def answering(status: int, text: str = "", headers: dict[str, str] | None = None) -> httpx.Client:
    """A system that always says the same."""
    return speaking(httpx.MockTransport(lambda _request: httpx.Response(status, text=text, headers=headers)))


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, Kind.CREDENTIAL),
        (403, Kind.PERMISSION),
        (404, Kind.GONE),
        (409, Kind.TRANSIENT),
        (412, Kind.TRANSIENT),
        (400, Kind.PERMANENT),
        (422, Kind.PERMANENT),
        (302, Kind.TRANSIENT),
        (429, Kind.THROTTLED),
        (500, Kind.TRANSIENT),
        (501, Kind.PERMANENT),
        (503, Kind.TRANSIENT),
    ],
)
def test_every_status_has_its_class(status: int, kind: Kind) -> None:
    """The retry law reads the class of an error, nothing else."""
    with pytest.raises(ConnectorError) as caught:
        ask(answering(status, '{"detail": "body of somebody"}'), "The wiki", "GET", "/Users")
    assert caught.value.kind is kind
    assert caught.value.said.startswith("The wiki")
    assert "somebody" not in caught.value.said


def test_a_missing_permission_is_named() -> None:
    """Whoever reads it knows what to grant."""
    assert "the right to edit people" in refusal("The wiki", 403, {}, needs="the right to edit people").said


def test_a_forbidden_call_over_the_limit_is_throttled_not_forbidden() -> None:
    """GitHub says 403 to callers who are too fast; no permission would help."""
    error = refusal("GitHub", 403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1795262460", "Date": NOON})
    assert error.kind is Kind.THROTTLED
    assert error.after == timedelta(seconds=60)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("7", timedelta(seconds=7)),
        ("Sat, 21 Nov 2026 12:00:30 GMT", timedelta(seconds=30)),
        ("Sat, 21 Nov 2026 11:00:00 GMT", timedelta(0)),
        ("99999999", LONGEST_WAIT),
        ("soon", None),
        ("", None),
    ],
)
def test_we_wait_as_long_as_we_were_asked_to(value: str, expected: timedelta | None) -> None:
    """Seconds or a date by the system's own clock; nonsense is no wait, and nobody can ask for a day."""
    assert wait({"Retry-After": value, "Date": NOON}) == expected


def test_a_date_without_a_clock_beside_it_is_measured_by_ours() -> None:
    """A system without a Date header still gets its pause."""
    assert wait({"retry-after": NOON}) is not None


def test_a_web_page_a_cut_answer_and_silence_may_pass() -> None:
    """A proxy's page or half a JSON says nothing about the account; a time-out leaves open what happened."""
    for text in ("<html>", '{"Resources": ['):
        with pytest.raises(ConnectorError, match="not its usual format") as caught:
            ask(answering(200, text), "The wiki", "GET", "/Users")
        assert caught.value.retry


@pytest.mark.parametrize("failure", [httpx.ReadTimeout, httpx.ConnectError, httpx.RemoteProtocolError])
def test_a_broken_connection_is_transient_and_shows_no_address(failure: type[httpx.TransportError]) -> None:
    """What the library says may hold the address and what we sent, so it stays out of ours."""

    def fail(request: httpx.Request) -> httpx.Response:
        raise failure(f"{request.url} {request.headers['authorization']}")

    with pytest.raises(ConnectorError) as caught:
        ask(speaking(httpx.MockTransport(fail)), "The wiki", "GET", "/Users")
    assert caught.value.kind is Kind.TRANSIENT
    assert TOKEN not in str(caught.value)
    assert caught.value.__suppress_context__


def test_an_accepted_status_comes_back_and_says_whether_the_thing_is_there() -> None:
    """A 404 is an answer for those who asked whether."""
    missing = ask(answering(404, "<html>"), "The wiki", "GET", "/Users/1", accept=frozenset({404}))
    assert not missing.found
    removed = ask(answering(204), "The wiki", "DELETE", "/Users/1")
    assert removed.found
    assert removed.body is None


def test_the_vendors_ids_are_kept_and_the_body_is_not_printed() -> None:
    """Support finds a call by its id; a log finds nobody's data."""
    http = answering(200, '{"userName": "alice"}', {"X-Request-Id": "req-1", "X-GitHub-Request-Id": "gh-2"})
    answer = ask(http, "The wiki", "GET", "/Users")
    assert answer.evidence == ("x-github-request-id gh-2", "x-request-id req-1")
    assert "alice" not in repr(answer)
    assert evidence({}) == ()


def test_our_client_gives_up_in_time_and_follows_nobody() -> None:
    """Three seconds to connect, ten to answer; a redirect could carry the token elsewhere."""
    made = client("http://wiki.example", {})
    assert made.timeout == httpx.Timeout(10.0, connect=3.0)
    assert not made.follow_redirects


def test_calls_run_side_by_side_in_order_and_never_more_than_allowed() -> None:
    """Three at once means three at once, and the first answer is the first item's."""
    counter: list[int] = []
    running, lock, three = [0], threading.Lock(), threading.Barrier(3, timeout=60)

    def call(item: int) -> int:
        with lock:
            running[0] += 1
            counter.append(running[0])
        three.wait()
        with lock:
            running[0] -= 1
        return item * 2

    assert side_by_side(call, range(6), at_once=3) == (0, 2, 4, 6, 8, 10)
    assert max(counter) <= 3
    assert side_by_side(lambda item: item, (1,), at_once=3) == (1,)
