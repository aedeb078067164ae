"""No token, key or password leaves through a log, in whatever shape and by whichever way it comes."""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Callable, Iterator

import pytest
import structlog
from structlog.contextvars import bound_contextvars

from bot.chat.acks import Acks
from bot.cli.logs import hide, quiet_logs
from bot.domain.redaction import redacted

CANARIES = {
    "Slack bot": "xoxb-111-222-CANARYcanary",
    "Slack configuration": "xoxe.xoxp-1-CANARYcanary",
    "Slack app": "xapp-1-A0-222-CANARYcanary",
    "GitHub classic": "ghp_CANARYcanary0123456789",
    "GitHub fine-grained": "github_pat_CANARY_canary0123456789",
    "GitLab": "glpat-CANARYcanary012345",
    "Atlassian": "ATATT3xCANARYcanary=0123",
    "AWS key id": "AKIACANARY0123456789",
    "AWS secret": "aws_secret_access_key=CANARYcanaryFEMI/K7MDENG/bPxRfiCYEXAMPLE",
    "Google": "ya29.CANARYcanary",
    "JWT": "eyJCANARY0.eyJjYW5hcnki.CANARYcanary",
    "key file": "-----BEGIN RSA PRIVATE KEY-----\nCANARYcanary\n-----END RSA PRIVATE KEY-----",
    "cut key file": "-----BEGIN PRIVATE KEY-----\nCANARYcanary",
    "address": "postgresql://usher:CANARYcanary@db.lumen.example/usher",
    "header": "Authorization: Bearer CANARYcanary0123456789",
    "basic": "authorization: Basic Q0FOQVJZY2FuYXJ5Cg==",
    "JSON": '{"password": "CANARYcanary"}',
    "query": "https://atlas.lumen.example/?token=CANARYcanary&page=1",
    "webhook": "https://hooks.slack.com/services/T0/B0/CANARYcanary",
    "shapeless, but ours": "Tr0ub4dor-CANARY",
}
Say = Callable[[str], None]


@pytest.fixture(autouse=True)
def logs() -> Iterator[None]:
    """Logs as a served Usher has them; afterwards everything is as it was."""
    root, hooks = logging.getLogger(), (sys.excepthook, threading.excepthook)
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    sys.excepthook, threading.excepthook = hooks
    structlog.reset_defaults()


def _raise(secret: str) -> None:
    raise RuntimeError(f"it failed with {secret}")


def _library(secret: str) -> None:
    logging.getLogger("vendor").warning("sent %s", secret)


def _exception(secret: str) -> None:
    try:
        _raise(secret)
    except RuntimeError:
        logging.getLogger("vendor").exception("it failed")


def _event(secret: str) -> None:
    structlog.get_logger().error("refused", said=secret, deep={"list": [secret, (secret,)]}, thing=ValueError(secret))


def _own_exception(secret: str) -> None:
    try:
        _raise(secret)
    except RuntimeError:
        structlog.get_logger().exception("it failed")


def _uncaught(secret: str) -> None:
    try:
        _raise(secret)
    except RuntimeError as error:
        sys.excepthook(type(error), error, error.__traceback__)


def _thread(secret: str) -> None:
    thread = threading.Thread(target=_raise, args=(secret,))
    thread.start()
    thread.join()


@pytest.mark.parametrize("secret", CANARIES.values(), ids=CANARIES.keys())
@pytest.mark.parametrize("say", [_library, _exception, _event, _own_exception, _uncaught, _thread])
def test_no_secret_comes_out(say: Say, secret: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Every shape, in a message, an exception, a nested value or a thread that died: the canary stays inside."""
    quiet_logs(["Tr0ub4dor-CANARY"])
    say(secret)
    said = capsys.readouterr().err
    assert "[secret]" in said
    assert "anary" not in said.lower()
    assert "q0foqvj" not in said.lower()


def test_each_line_is_one_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever collects the logs can read them, quotes and line ends included."""
    quiet_logs()
    _library('a "quoted" word\nand a second line')
    _exception("nothing secret")
    _event("nothing secret")
    lines = capsys.readouterr().err.splitlines()
    assert [json.loads(line)["level"] for line in lines] == ["warning", "error", "error"]


@pytest.mark.parametrize(
    "words",
    [
        "GitHub hides this from our token. It needs the scope admin:org.",
        "The setting TOKEN is missing.",
        "AWS does not accept our credentials.",
        "The basic plan has no tokens; bearer and owner are people.",
        "Password changed on 21 November.",
        "step OFF-142.3 of request OFF-142",
    ],
)
def test_plain_words_stay_as_they_are(words: str) -> None:
    """People can still read what went wrong."""
    assert redacted(words) == words


def test_lines_carry_who_wrote_them_and_what_for(capsys: pytest.CaptureFixture[str]) -> None:
    """Request, step and delivery stand in our lines and in those of libraries; the replica stands in ours."""
    quiet_logs(replica="r-1", role="worker")
    with bound_contextvars(request="OFF-101", step="OFF-101.3"), Acks().answering("E42"):
        _event("nothing secret")
        _library("nothing secret")
    _event("nothing secret")
    ours, theirs, after = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    work = {"request": "OFF-101", "step": "OFF-101.3", "delivery": "E42"}
    assert work.items() <= ours.items()
    assert work.items() <= theirs.items()
    assert {"replica": "r-1", "role": "worker"}.items() <= ours.items()
    assert "request" not in after


def test_a_secret_that_was_fetched_later_is_hidden_too(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever replaced a token in Vault has not to fear the log of the process that took it."""
    quiet_logs()
    hide(["Tr0ub4dor-CANARY"])
    _event("Tr0ub4dor-CANARY")
    _library("Tr0ub4dor-CANARY")
    assert "CANARY" not in capsys.readouterr().err
