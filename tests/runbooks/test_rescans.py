"""When is looked again, as a company writes it: every mistake is told in words, and nothing is needed."""

from __future__ import annotations

import pytest

from bot.practice.company.people import FILES
from bot.runbooks import Mistakes, parse_policy

POLICY = (FILES / "policy.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("line", "days"),
    [("", (1, 7, 30, 90)), ("rescans: []", ()), ("rescans: [2]", (2,)), ("rescans: [1, 365]", (1, 365))],
)
def test_the_days_are_as_written(line: str, days: tuple[int, ...]) -> None:
    """Without a word about it, everything is looked at on day 1, 7, 30 and 90 (S1-21)."""
    assert parse_policy(f"{POLICY}\n{line}\n").rescans == days


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("rescans: [7, 1]", "day 1 does not come after day 7"),
        ("rescans: [7, 7]", "day 7 does not come after day 7"),
        ("rescans: [0]", "rescans / 1"),
        ("rescans: [soon]", "rescans / 1"),
        ("rescans: never", "rescans"),
    ],
)
def test_a_mistake_is_told_with_its_place(line: str, said: str) -> None:
    """Whoever wrote it reads which line and why."""
    with pytest.raises(Mistakes) as found:
        parse_policy(f"{POLICY}\n{line}\n")
    assert said in str(found.value)
