"""People of a practice tenant, and Usher's door to Teams in front of the small dialogue."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.testclient import TestClient

from bot.chat.port import Card, Chat, ChatError, File, Pace, Sent, Speaker
from bot.chat.teams import Door, Gate
from bot.chat.teams_files import Brought
from bot.chat.teams_keys import ISSUER, Keys, Tokens
from bot.chat.teams_once import Once
from bot.chat.teams_turns import Turns
from bot.chat.teams_voice import Voice
from bot.domain.model import PersonId
from bot.web import make_app, teams_routes
from tests.chat.dialogue import Talk

Json = dict[str, Any]
APP = "0f0f0f0f-0000-4000-8000-00000000a990"
TENANT = "7e1f0000-0000-4000-8000-00000000c0de"
HANNA, ALICE = "aaaa0000-0000-4000-8000-00000000000a", "aaaa0000-0000-4000-8000-00000000000b"
KNOWN = {HANNA: PersonId("P-hanna"), ALICE: PersonId("P-alice")}
SPEAKS = Speaker(HANNA, PersonId("P-hanna"))
ADDRESS = "https://smba.example/emea/"
CHAT, ROOM = "a:1hanna", "19:offboarding@thread.tacv2"
_numbers = itertools.count(1)


@cache
def rsa_key(name: str) -> rsa.RSAPrivateKey:
    """The private half of the key of this name."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def published(name: str, endorsements: tuple[str, ...] = ("msteams",)) -> Json:
    """The public half, as it stands among the keys."""
    shown: Json = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(rsa_key(name).public_key()))
    return {"kty": "RSA", "n": shown["n"], "e": shown["e"], "kid": name, "endorsements": list(endorsements)}


def token(kid: str = "one", address: str = ADDRESS, **claims: Any) -> str:
    """The header of a token of Teams; a claim that is None is left out."""
    now = int(time.time())
    usual = {"iss": ISSUER, "aud": APP, "nbf": now - 10, "exp": now + 3600, "serviceurl": address}
    said = {name: value for name, value in (usual | claims).items() if value is not None}
    return f"Bearer {jwt.encode(said, rsa_key(kid), 'RS256', {'kid': kid})}"


class KeyServer(ThreadingHTTPServer):
    """Where keys are published; `asked` counts who came, `down` lets nobody in."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Keys)
        self.keys: list[Json] = [published("one")]
        self.asked = 0
        self.down = False
        self.place = ""

    @property
    def url(self) -> str:
        """The OpenID document."""
        return f"http://127.0.0.1:{self.server_address[1]}/openid"


class _Keys(BaseHTTPRequestHandler):
    server: KeyServer

    def do_GET(self) -> None:
        """The document, or the keys it names."""
        self.server.asked += 1
        place = self.server.place or self.server.url.replace("openid", "keys")
        body: Json = {"jwks_uri": place} if self.path == "/openid" else {"keys": self.server.keys}
        self.send_response(503 if self.server.down else 200)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the library's word)
        """Say nothing."""


@contextmanager
def key_server() -> Iterator[KeyServer]:
    """A key server on this machine."""
    server = KeyServer()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join(20)
        server.server_close()


class AtOnce(Executor):
    """What comes later happens now, so that nobody waits for it."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Do it."""
        done: Future[Any] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


@dataclass
class Outbox:
    """The way out, which keeps what went it."""

    sent: list[tuple[str, str, Card]] = field(default_factory=list)
    closed: frozenset[str] = frozenset()
    name: str = "teams"
    posting: Pace | None = None
    updating: Pace | None = None

    def send(self, channel: str, card: Card, *, thread: str = "", key: str = "") -> Sent:
        """Keep it."""
        self.sent.append((channel, thread, card))
        return Sent(channel, str(len(self.sent)))

    def direct(self, native_id: str) -> str:
        """The chat with one person, unless it is closed."""
        if native_id in self.closed:
            raise ChatError("not installed", gone=True)
        return f"a:1{native_id}"

    def __getattr__(self, name: str) -> Any:
        """Nothing else is asked of it."""
        raise AssertionError(name)


@dataclass
class Teams:
    """Usher behind its door, the people in front of it."""

    talk: Talk
    outbox: Outbox
    keys: KeyServer
    gate: Gate
    client: TestClient
    files: list[File] = field(default_factory=list)
    placed: list[str] = field(default_factory=list)
    threads: dict[str, str] = field(default_factory=dict)
    looks: list[str] = field(default_factory=list)

    def bring(self, activity: Any, header: str | None = None) -> Any:
        """What Teams is answered when it brings this."""
        said = token() if header is None else header
        content = activity if isinstance(activity, bytes) else json.dumps(activity).encode()
        headers = {b"content-type": b"application/json"} | ({b"authorization": said.encode()} if said else {})
        return self.client.post("/api/messages", content=content, headers=headers)

    def asks(self, activity: Json) -> Json:
        """The body of the answer to an invoke."""
        answer = self.bring(activity)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json() if answer.content else {}
        return found

    def says(self, text: str, **more: Any) -> list[Card]:
        """Hanna writes in the chat with Usher; what she is told there."""
        before = len(self.outbox.sent)
        assert self.bring(activity("message", text=text, **more)).status_code == 200
        return [card for _channel, _thread, card in self.outbox.sent[before:]]


@contextmanager
def teams(once: Once | None = None, *, guarded: bool = True) -> Iterator[Teams]:
    """Usher's door to Teams. Without `guarded` there is no app id, as in the demo."""
    with key_server() as keys:
        made = Teams(Talk(), Outbox(), keys, None, None)  # type: ignore[arg-type]
        chat: Chat = made.outbox
        turns = Turns(
            made.talk,
            lambda native: Speaker(native, KNOWN.get(native)),
            Voice(chat, AtOnce()),
            placed=lambda heard: made.placed.append(heard.channel),
            given=lambda heard: made.files.extend(heard.files),
            files=lambda _who: tuple(Brought(file) for file in made.files),
            thread=lambda channel: made.threads.get(channel, ""),
            joined=lambda: made.looks.append("around"),
        )
        tokens = Tokens(APP, Keys(keys.url)) if guarded else None
        made.gate = Gate(Door(tokens, {TENANT}), turns, once)
        app = make_app(None, teams_routes(made.gate.serve, guarded=guarded))
        with TestClient(app, "http://127.0.0.1:8000", client=("127.0.0.1", 50000)) as client:
            made.client = client
            yield made


def activity(kind: str, **more: Any) -> Json:
    """What Hanna does in her chat with Usher, as Teams tells it; `more` replaces parts."""
    return {
        "type": kind,
        "id": f"f:{next(_numbers)}",
        "timestamp": "2026-11-21T10:00:00Z",
        "channelId": "msteams",
        "serviceUrl": ADDRESS,
        "from": {"id": "29:1hanna", "name": "Hanna", "aadObjectId": HANNA},
        "recipient": {"id": f"28:{APP}", "name": "Usher"},
        "conversation": {"id": CHAT, "conversationType": "personal", "tenantId": TENANT},
        "channelData": {"tenant": {"id": TENANT}},
        **more,
    }


def in_room(thread: str) -> Json:
    """The conversation of a thread in the channel."""
    place = {"id": f"{ROOM};messageid={thread}", "conversationType": "channel", "tenantId": TENANT, "isGroup": True}
    return {"conversation": place}


def press(action: str, value: str = "signed", /, carrier: str = "m1", **more: Any) -> Json:
    """A button of a card is pressed."""
    data = {"action": action, "value": value, **more.pop("data", {})}
    execute = {"action": {"type": "Action.Execute", "verb": "press", "data": data}, "trigger": "manual"}
    return activity("invoke", name="adaptiveCard/action", value=execute, replyToId=carrier, **more)


def opens(action: str, value: str = "signed", **more: Any) -> Json:
    """A button that opens a dialog is pressed."""
    given = {"data": {"action": action, "value": value, "type": "task/fetch"}, "context": {"theme": "default"}}
    return activity("invoke", name="task/fetch", value=given, **more)


def fills(task: Json, verb: str = "send", **entered: str) -> Json:
    """A dialog is filled in and its button pressed: `send` or `find`."""
    return activity("invoke", name="task/submit", value={"data": button(task, verb)["data"] | entered})


def content(task: Json) -> Json:
    """The card of a dialog."""
    found: Json = task["task"]["value"]["card"]["content"]
    return found


def button(task: Json, verb: str) -> Json:
    """The button of a dialog with this verb."""
    rows = [one for one in content(task)["body"] if one["type"] == "ActionSet"]
    return next(one for row in rows for one in row["actions"] if one["data"].get("verb") == verb)


def asked(task: Json) -> dict[str, Any]:
    """What stands in the fields of a dialog, by name."""
    return {one["id"]: one.get("value", "") for one in content(task)["body"] if one["type"].startswith("Input.")}


def shown(card: Json) -> str:
    """Every word of a card."""
    return json.dumps(card, ensure_ascii=False)
