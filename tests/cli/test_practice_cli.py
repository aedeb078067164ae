"""`app.py practice`: the workspace and the company for any client library, and nothing real ever reaches them."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from tests.cli.hands import ROOT


@pytest.fixture(scope="module")
def told() -> Iterator[str]:
    """What the command prints, while it runs."""
    process = subprocess.Popen(
        [sys.executable, "app.py", "practice", "--port", "0"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith("Stop with"):
            break
    yield "".join(lines)
    process.send_signal(signal.SIGTERM)
    process.wait(90)
    process.stdout.close()


def named(told: str, name: str) -> str:
    """The value printed beside a name."""
    found = re.search(rf"^{name}\s+(\S+)$", told, re.MULTILINE)
    assert found, told
    return found[1]


def test_a_slack_client_works_with_what_is_printed(told: str) -> None:
    """Address and token are all a client library needs (S0-32)."""
    client = WebClient(named(told, "Bot token"), base_url=named(told, "API base URL"))
    assert client.auth_test()["ok"]
    assert named(told, "App token").startswith("xapp-")
    assert re.search(r"^USHER_GITHUB_URL=http://127\.0\.0\.1:\d+$", told, re.MULTILINE)


def test_a_token_that_looks_real_is_refused(told: str) -> None:
    """Nobody types a real token into a place for practice without hearing of it."""
    client = WebClient("xoxb-123456789012-1234567890123-abcdefghijklmnopqrstuvwx", base_url=named(told, "API base URL"))
    with pytest.raises(SlackApiError) as caught:
        client.auth_test()
    assert caught.value.response["error"] == "invalid_auth"
