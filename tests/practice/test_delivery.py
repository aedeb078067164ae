"""What happens when the bot is slow, silent, gone or rude."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from websockets.sync.client import connect

from bot.practice import slack_api
from bot.practice.seeds import Limits
from tests.practice.bolt_bot import listening
from tests.practice.line import line, received
from tests.practice.people import HANNA, OFFBOARDING, Practice, eventually, start


@contextmanager
def practising(seconds: float = 30.0, **more: Any) -> Iterator[Practice]:
    """A workspace that waits this long for an acknowledgement, and hardly between deliveries."""
    practice = start(limits=Limits(ack_seconds=seconds, retry_seconds=(0.0, 0.01, 0.02)), **more)
    try:
        yield practice
    finally:
        practice.served.stop()


def test_without_a_connection_a_command_says_that_the_app_is_away() -> None:
    """Nobody waits for an app that is not there."""
    with practising() as practice:
        assert not practice.get("state", HANNA)["app"]["connected"]
        answer = practice.post("command", HANNA, channel=OFFBOARDING, text="/raw")
        assert answer["error"] == "/raw failed: the app is not connected (dispatch_failed)"


def test_an_app_that_does_not_acknowledge_is_an_error_in_words() -> None:
    """The time an app has is shown with its name for what happened."""
    with practising(0.2) as practice, line(practice):
        assert practice.get("state", HANNA)["app"]["connected"]
        answer = practice.post("command", HANNA, channel=OFFBOARDING, text="/raw")
        assert answer["error"] == "/raw failed: the app did not respond within 0.2 seconds (operation_timeout)"


def test_an_event_without_acknowledgement_is_delivered_three_more_times() -> None:
    """Each retry carries its number and the reason; the event's own id stays the same."""
    with practising(0.2) as practice, line(practice) as connection:
        practice.get("home", HANNA)
        envelopes = [received(connection) for _ in range(4)]
        assert [each["retry_attempt"] for each in envelopes] == [0, 1, 2, 3]
        assert [each["retry_reason"] for each in envelopes] == ["", "timeout", "timeout", "timeout"]
        assert len({each["payload"]["event_id"] for each in envelopes}) == 1
        assert len({each["envelope_id"] for each in envelopes}) == 4
        with pytest.raises(TimeoutError):
            connection.recv(timeout=0.4)


def test_an_acknowledged_event_is_delivered_once() -> None:
    """One acknowledgement ends it, and nonsense on the line is ignored."""
    with practising(2.0) as practice, line(practice) as connection:
        practice.get("home", HANNA)
        connection.send("ping")
        connection.send("[]")
        connection.send(json.dumps({"envelope_id": received(connection)["envelope_id"]}))
        with pytest.raises(TimeoutError):
            connection.recv(timeout=2.2)


def test_connections_take_turns() -> None:
    """With two connections each gets every other envelope."""
    with practising() as practice, line(practice) as first, line(practice) as second:
        for connection in (first, second, first):
            practice.get("home", HANNA)
            connection.send(json.dumps({"envelope_id": received(connection)["envelope_id"]}))


def test_a_ticket_opens_one_line() -> None:
    """The address of a Socket Mode connection cannot be used twice."""
    with practising() as practice:
        url = practice.client.apps_connections_open(app_token=practice.space.app_token)["url"]
        with connect(url, proxy=None) as connection:
            received(connection)
        with pytest.raises(Exception, match="HTTP 403"):
            connect(url, proxy=None)


def test_slack_asks_for_a_new_connection_now_and_then() -> None:
    """A warning leaves the line open; a refresh closes it."""
    with practising() as practice, line(practice) as connection:
        practice.served.call(slack_api.refresh, practice.space, "warning")
        assert received(connection)["reason"] == "warning"
        assert practice.space.connected
        practice.served.call(slack_api.refresh, practice.space)
        assert received(connection) == {"type": "disconnect", "reason": "refresh_requested", "debug_info": {}}
        assert not practice.space.connected


@contextmanager
def rude_bot(status: int, headers: dict[str, str]) -> Iterator[tuple[str, list[Request], list[bytes]]]:
    """A bot over HTTP that answers everything with this status."""
    requests: list[Request] = []
    bodies: list[bytes] = []

    async def answer(request: Request) -> Response:
        requests.append(request)
        bodies.append(await request.body())
        return Response(status_code=status, headers=headers)

    listener = socket.create_server(("127.0.0.1", 0))
    with listening(Starlette(routes=[Route("/e", answer, methods=["POST"])]), listener):
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/e", requests, bodies


def test_over_http_a_failed_event_is_repeated_with_its_number() -> None:
    """X-Slack-Retry-Num and -Reason come with each repetition."""
    with rude_bot(500, {}) as (url, requests, _), practising(request_url=url) as practice:
        practice.get("home", HANNA)
        eventually(lambda: len(requests) == 4)
        assert [each.headers.get("x-slack-retry-num") for each in requests] == [None, "1", "2", "3"]
        assert requests[1].headers["x-slack-retry-reason"] == "http_error"


def test_over_http_a_bot_can_say_no_more() -> None:
    """X-Slack-No-Retry: 1 ends the repetitions."""
    with rude_bot(500, {"X-Slack-No-Retry": "1"}) as (url, requests, _), practising(request_url=url) as practice:
        practice.get("home", HANNA)
        eventually(lambda: requests)
        time.sleep(0.2)
        assert len(requests) == 1


def test_over_http_every_request_is_signed() -> None:
    """The signature is Slack's: v0, the time and the body, under the shared secret."""
    with rude_bot(500, {}) as (url, requests, bodies), practising(request_url=url) as practice:
        answer = practice.post("command", HANNA, channel=OFFBOARDING, text="/raw")
        assert answer["error"] == "/raw failed: the app answered with an error (http_service_error)"
        stamp = requests[0].headers["x-slack-request-timestamp"]
        base = f"v0:{stamp}:".encode() + bodies[0]
        expected = hmac.new(practice.space.signing_secret.encode(), base, hashlib.sha256).hexdigest()
        assert requests[0].headers["x-slack-signature"] == f"v0={expected}"
        assert requests[0].headers["content-type"] == "application/x-www-form-urlencoded"


def test_over_http_a_bot_that_is_down_is_away() -> None:
    """A refused connection is dispatch_failed."""
    with practising(request_url="http://127.0.0.1:9/slack/events") as practice:
        answer = practice.post("command", HANNA, channel=OFFBOARDING, text="/raw")
        assert answer["error"].endswith("(dispatch_failed)")
