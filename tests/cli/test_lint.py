"""`app.py lint`: a company's files are read as strictly as Usher reads them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.cli.lint import lint
from bot.practice.company.people import write_files


def test_our_own_examples_are_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    """What we ship to begin with is right (S0-32, S2-24)."""
    lint(None)
    assert capsys.readouterr().out == "Our own examples: everything is in order.\n"


def test_every_mistake_is_told_with_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Wrong rules and bad rows of the roster are said together, and the exit code says it too (S3-13)."""
    folder = write_files(tmp_path / "company")
    policy = folder / "policy.yaml"
    policy.write_text(policy.read_text().replace("owner: P-005", "owner: P-999", 1))
    roster = folder / "roster.csv"
    roster.write_text(roster.read_text() + "P-001,Twice Told,twice@lumen.example\n")
    with pytest.raises(SystemExit) as ended:
        lint(folder)
    said = capsys.readouterr().out
    assert ended.value.code == 1
    assert "P-999" in said
    assert "policy.yaml" in said
    assert "roster.csv line 15" in said


def test_a_folder_without_a_policy_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No traceback for somebody in the wrong folder."""
    with pytest.raises(SystemExit):
        lint(tmp_path)
    assert "policy.yaml" in capsys.readouterr().out
