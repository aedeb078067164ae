"""`app.py accounts` from a terminal: systems that cannot be asked are named, and the exit code says it."""

from __future__ import annotations

from pathlib import Path

from tests.cli.hands import app


def test_a_system_that_does_not_answer_is_no_empty_list(furnished: dict[str, str], tmp_path: Path) -> None:
    """Nothing is listed, which is said and counted as a failure; no token is repeated."""
    file = tmp_path / "accounts.csv"
    github = {
        "USHER_GITHUB_ORG": "lumen-works",
        "USHER_GITHUB_TOKEN": "ghp_canary",
        "USHER_GITHUB_URL": "http://127.0.0.1:9",
    }
    told = app("accounts", "--system", "github", "--csv", str(file), **furnished, **github)
    assert told.returncode == 1
    assert "GitHub: the list broke off here, and what follows is not known:" in told.stdout
    assert "the list broke off" in file.read_text()
    assert "canary" not in told.stdout + told.stderr + file.read_text()


def test_a_system_nobody_knows_is_refused(furnished: dict[str, str]) -> None:
    """By the short name of policy.yaml."""
    told = app("accounts", "--system", "gitlab", **furnished)
    assert told.returncode == 1
    assert told.stdout == "There is no system gitlab with a connector in policy.yaml.\n"
