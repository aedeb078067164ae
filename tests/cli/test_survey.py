"""One system in trouble says so in one sentence and stops nobody else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from bot.cli.survey import lines, survey
from bot.domain.model import Change, Disable, HandOver, PersonId, Revoke, Suspend, SystemKey
from bot.domain.policy import Policy, System
from bot.runbooks import parse_policy
from connectors import load
from connectors.interface import Check, Connector, ConnectorError, Kind, Secrets
from tests.fakes.memory import Memory
from tests.fakes.town import ALICE_CODE, CODE
from tests.runbooks.written import POLICY

PAGE = b"<html><body>Please sign in to the network.</body></html>"


def company(*keys: str) -> Policy:
    """A company with these systems, and one that no program reaches."""
    known = parse_policy(POLICY)
    systems = {SystemKey(key): System(SystemKey(key), key.title(), PersonId("P-005"), connector="x") for key in keys}
    laptop = System(SystemKey("laptop"), "Laptop", PersonId("P-006"))
    return Policy(**{**{f: getattr(known, f) for f in Policy.__slots__}, "systems": {**systems, laptop.key: laptop}})


class Checked(Memory):
    """A system whose answer is given."""

    def __init__(self, answer: Check | Exception) -> None:
        super().__init__(CODE, ALICE_CODE, can=frozenset({Suspend, Disable, Revoke, HandOver}))
        self.answer = answer

    def check(self) -> Check:
        """The answer."""
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def told(answer: Check | Exception) -> list[str]:
    """What is printed about one system."""
    (found,) = survey(company("code"), lambda _system: Checked(answer))
    return [*lines(found), *found.trouble]


def test_what_works_is_said_in_words() -> None:
    """Silence would leave doubts."""
    assert told(Check(ready=True)) == [
        "Code: ready.",
        "  Works by itself: lock accounts, switch keys off, take access away, hand things over.",
    ]


def test_what_is_not_allowed_is_a_persons_and_names_the_permission() -> None:
    """Too little for some things, in part for others, too much for what is needed: each with its reason."""
    cannot: dict[type[Change], str] = {Disable: "Usher may not switch keys off; add iam:UpdateAccessKey."}
    found = told(Check(ready=True, cannot=cannot, limits=("Some tokens only.",), excessive=("It may delete all.",)))
    assert found == [
        "Code: ready.",
        "  Works by itself: lock accounts, take access away, hand things over.",
        "  A person must switch keys off: Usher may not switch keys off; add iam:UpdateAccessKey.",
        "  Works in part: Some tokens only.",
        "  Too much: It may delete all.",
    ]


def test_what_stops_a_system_is_said_once_more_at_the_end() -> None:
    """The sentence that is counted, and where its settings are."""
    assert told(Check(ready=False, missing=("The scope admin:org is missing.",))) == [
        "Code: not ready. Its settings begin with USHER_CODE_.",
        "  To repair: The scope admin:org is missing.",
        "Code: The scope admin:org is missing.",
    ]
    assert told(Check(ready=False))[-1] == "Code: It is not ready, and does not say why."


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (ConnectorError("It does not accept our credentials.", kind=Kind.CREDENTIAL), "does not accept our creden"),
        (ImportError("no", name="boto3"), "There is no connector x, or a library of it is missing: boto3."),
        (ZeroDivisionError("ghp_0123456789abcdef0123456789abcdef0123"), "failed unexpectedly (ZeroDivisionError)"),
    ],
    ids=["refused", "not installed", "our mistake"],
)
def test_one_system_in_trouble_stops_no_other(fault: Exception, said: str) -> None:
    """Whatever is wrong with the first, the second answers; no error shows what it was given."""

    def loaded(system: System) -> Connector:
        if system.key == "first":
            raise fault
        return Checked(Check(ready=True))

    first, second = survey(company("first", "second"), loaded)
    assert said in first.trouble[0]
    assert "ghp_" not in "".join(lines(first))
    assert second.trouble == ()


class Answering(BaseHTTPRequestHandler):
    """A server that gives everybody the same answer."""

    status, body, kind = 200, PAGE, "text/html"

    def do_GET(self) -> None:
        """The answer."""
        self.send_response(self.status)
        self.send_header("Content-Type", self.kind)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        """Nothing."""


@pytest.fixture
def answering(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a server of this status and body."""
    status, body, kind = request.param
    handler = type("One", (Answering,), {"status": status, "body": body, "kind": kind})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v2"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("answering", "said"),
    [
        ((200, PAGE, "text/html"), "answered with something that is not its usual format"),
        ((401, b"{}", "application/json"), "does not accept our credentials"),
        ((404, b"{}", "application/json"), "has no list of accounts at this URL"),
        ((503, PAGE, "text/html"), "has a fault of its own (503)"),
    ],
    indirect=["answering"],
    ids=["a proxy's page", "an expired token", "a wrong address", "maintenance"],
)
def test_each_way_of_being_wrong_has_one_clear_sentence(answering: str, said: str) -> None:
    """As the real connector of such a system tells it."""
    secrets = Secrets({"URL": answering, "TOKEN": "an-expired-token"})
    (found,) = survey(company("wiki"), lambda one: load("scim", one.key, one.name, secrets))
    assert len(found.trouble) == 1
    assert said in found.trouble[0]
    assert "an-expired-token" not in "".join(lines(found))
