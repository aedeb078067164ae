"""Presses of a button as Slack sends them: signed, one after the other or at a fixed rate, from another process."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import secrets
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from urllib.parse import urlencode, urlsplit

PATH = "/slack/events"


@dataclass(frozen=True, slots=True)
class Press:
    """One press: the person, the button, its value, and where the app may answer."""

    user: str
    action: str
    value: str
    reply: str

    def body(self, number: int) -> bytes:
        """The form that Slack would post."""
        pressed = {
            "type": "button",
            "action_id": self.action,
            "block_id": f"b{number}",
            "value": self.value,
            "text": {"type": "plain_text", "text": "Approve"},
            "action_ts": f"{number}.0",
        }
        payload: dict[str, object] = {
            "type": "block_actions",
            "api_app_id": "A001",
            "token": "x",
            "trigger_id": f"{number}.{secrets.token_hex(8)}",  # Slack never gives the same twice
            "user": {"id": self.user, "username": self.user, "name": self.user, "team_id": "T001"},
            "team": {"id": "T001", "domain": "lumen-works"},
            "enterprise": None,
            "is_enterprise_install": False,
            "container": {"type": "message", "message_ts": "1.0", "channel_id": "D001", "is_ephemeral": False},
            "channel": {"id": "D001", "name": "directmessage"},
            "message": {"type": "message", "ts": "1.0", "text": "Approve?", "blocks": []},
            "state": {"values": {}},
            "response_url": self.reply,
            "actions": [pressed],
        }
        return urlencode({"payload": json.dumps(payload)}).encode()


def signed(secret: str, body: bytes) -> dict[str, str]:
    """The headers of a request that Slack signed."""
    now = str(int(time.time()))
    mark = hmac.new(secret.encode(), f"v0:{now}:".encode() + body, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": now,
        "X-Slack-Signature": f"v0={mark}",
    }


def one_by_one(url: str, secret: str, presses: Sequence[Press]) -> list[float]:
    """Press one after the other on one connection; seconds from the press to the acknowledgement of each."""
    connection = _connect(url)
    return [_send(connection, secret, press.body(number))[1] for number, press in enumerate(presses)]


def at_rate(url: str, secret: str, presses: Sequence[Press], per_second: float) -> list[float]:
    """Press at fixed moments, whatever the answers do; seconds from the due moment to each acknowledgement."""
    took = [0.0] * len(presses)
    hands = 16
    began = time.perf_counter() + 0.2

    def hand(first: int) -> None:
        connection = _connect(url)
        for number in range(first, len(presses), hands):
            due = began + number / per_second
            time.sleep(max(0.0, due - time.perf_counter()))
            ended, _ = _send(connection, secret, presses[number].body(number))
            took[number] = ended - due

    threads = [threading.Thread(target=hand, args=(first,)) for first in range(hands)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return took


def elsewhere() -> ProcessPoolExecutor:
    """A process for the load, so that pressing and serving do not share one interpreter."""
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"))


def _connect(url: str) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)


def _send(connection: http.client.HTTPConnection, secret: str, body: bytes) -> tuple[float, float]:
    began = time.perf_counter()
    connection.request("POST", PATH, body, signed(secret, body))
    answer = connection.getresponse()
    answer.read()
    ended = time.perf_counter()
    if answer.status != 200:
        message = f"a press was answered with {answer.status}"
        raise RuntimeError(message)
    return ended, ended - began
