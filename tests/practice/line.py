"""A Socket Mode connection of our own: it answers as a test says, or not at all."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.practice.people import Json, Practice


@contextmanager
def line(practice: Practice) -> Iterator[ClientConnection]:
    """A connection that acknowledges nothing by itself."""
    url = practice.client.apps_connections_open(app_token=practice.space.app_token)["url"]
    with connect(url, proxy=None) as connection:
        assert json.loads(connection.recv())["type"] == "hello"
        yield connection


def received(connection: ClientConnection) -> Json:
    """The next envelope."""
    found: Json = json.loads(connection.recv(timeout=60))
    return found


@contextmanager
def answering(practice: Practice, answer: Callable[[Json], Any]) -> Iterator[list[Json]]:
    """A bot that acknowledges each payload with what this function says; the payloads it heard."""
    heard: list[Json] = []

    def run(connection: ClientConnection) -> None:
        try:
            for text in connection:
                envelope = json.loads(text)
                heard.append(envelope["payload"])
                reply = {"envelope_id": envelope["envelope_id"], "payload": answer(envelope["payload"])}
                connection.send(json.dumps(reply))
        except ConnectionClosed:
            return

    with line(practice) as connection:
        thread = threading.Thread(target=run, args=(connection,))
        thread.start()
        yield heard
        connection.close()
        thread.join(5)
