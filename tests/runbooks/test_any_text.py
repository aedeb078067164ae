"""Whatever somebody saves into these files, the answer is rules or mistakes, never a crash."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.runbooks import Mistake, Mistakes, parse_policy, parse_roster, parse_runbook
from tests.runbooks.written import LEAVER, POLICY, ROSTER

PIECES = st.sampled_from(
    [
        *"{}[]:,-?&*!|>'\"%@`#~= \n\t\0",
        *(
            "---\n",
            "...\n",
            "<<",
            "&a ",
            "*a",
            "!!python/object:os.system ",
            "1e9",
            "yes",
            "\\UFFFFFFFF",
            "%YAML 1.1\n",
        ),
        *("\u202e", "\ud800", "\ufeff", "\x85", "\u2028", "\r", "9" * 40, "- " * 12, "? ", "''", "P-005", "\n  "),
    ]
)


@st.composite
def damaged(draw: st.DrawFn, text: str) -> str:
    """A good file after a bad day: pieces put in, cut out or moved."""
    for _ in range(draw(st.integers(1, 4))):
        start, length = draw(st.integers(0, len(text))), draw(st.sampled_from([0, 0, 1, 5, 40]))
        put_in = draw(st.one_of(PIECES, st.text(max_size=5)))
        text = text[:start] + put_in + text[start + length :]
    return text


def answers(parse: Callable[[str], Any], text: str) -> None:
    """The parser returns or raises Mistakes whose sentences can be printed; anything else fails the test."""
    found: tuple[Mistake, ...] | None = None
    try:
        parse(text)
    except Mistakes as refused:
        found = refused.mistakes
    if found is not None:
        assert found
        for one in found:
            assert one.words
            str(one).encode("utf-8")


@settings(max_examples=150)
@given(st.text(max_size=200))
@example("a: *a")
@example('"": 1\n"": 2\n"": 3')
@example("? {}\n: x")
def test_any_text_is_an_answer(text: str) -> None:
    """Garbage is told, never thrown back."""
    for parse in (parse_policy, parse_runbook, parse_roster):
        answers(parse, text)


@settings(max_examples=150)
@given(damaged(POLICY))
def test_any_damage_to_a_policy_is_an_answer(text: str) -> None:
    """A slip of the finger anywhere in the policy."""
    answers(parse_policy, text)


@settings(max_examples=100)
@given(damaged(LEAVER))
def test_any_damage_to_a_runbook_is_an_answer(text: str) -> None:
    """A slip of the finger anywhere in the runbook."""
    answers(parse_runbook, text)


@settings(max_examples=150)
@given(damaged(ROSTER))
def test_any_damage_to_a_roster_is_an_answer(text: str) -> None:
    """A slip of the finger anywhere in the roster; no bad reason is left without words."""
    answers(parse_roster, text)
    with suppress(Mistakes):
        assert all(row.line and row.reason for row in parse_roster(text)[1])
