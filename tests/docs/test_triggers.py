"""What the page about HR's systems tells people to type is what works."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bot.runbooks import parse_policy
from bot.store import Database
from tests.docs.test_examples import example
from tests.fakes.town import Town
from tests.stories.heard import heard, questions, trusting
from tests.stories.pushing import SECRET, served

TOP = Path(__file__).resolve().parents[2]
PAGE = (TOP / "docs" / "triggers.md").read_text(encoding="utf-8")


def block(kind: str) -> str:
    """The indented example of this kind."""
    (found,) = re.findall(rf"^   ```{kind}\n(.*?)^   ```$", PAGE, flags=re.MULTILINE | re.DOTALL)
    return "".join(line.removeprefix("   ") for line in str(found).splitlines(keepends=True))


def test_the_hook_of_the_page_is_one_that_policy_takes() -> None:
    """Copied into a policy it is read, and means what the page says."""
    known = example("policy").split("hooks:")[0]
    (hook,) = parse_policy(f"{known}\n{block('yaml')}").signals.hooks.values()
    assert hook.leaves == ("employee.left",)
    assert not hook.trusted


@pytest.mark.skipif(not shutil.which("openssl"), reason="the page signs with openssl")
@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_message_that_the_page_signs_is_heard(db: Database, tmp_path: Path) -> None:
    """The lines are run as they stand, with a curl that only says what it was asked to send."""
    curl = tmp_path / "curl"
    curl.write_text('#!/bin/sh\nfor word in "$@"; do printf \'%s\\n\' "$word"; done\n')
    curl.chmod(0o755)
    town = Town(db)
    stamp = int(town.now.timestamp())
    (tmp_path / "date").write_text(f"#!/bin/sh\necho {stamp}\n")
    (tmp_path / "date").chmod(0o755)
    settings = {"PATH": f"{tmp_path}:/usr/local/bin:/usr/bin:/bin", "SECRET": SECRET, "USHER": "http://usher"}
    ran = subprocess.run(["sh", "-eu", "-c", block("sh")], env=settings, capture_output=True, text=True, check=True)
    _flag, address, *words = ran.stdout.splitlines()
    headers = dict(word.split(": ", 1) for word in words if word.startswith("X-"))
    with served(trusting(town, f"\n{block('yaml')}")) as client:
        answer = client.post(address.removeprefix("http://usher"), content=words[-1].encode(), headers=headers)
    assert (answer.status_code, answer.json()) == (202, {"heard": True})
    heard(town)
    assert "Alice Martin is Friday 27 November 2026" in questions(town)[0].text
