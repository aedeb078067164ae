"""People write YAML by hand; what they did not mean is refused with the line it stands in."""

from __future__ import annotations

import pytest

from bot.runbooks import Mistakes, parse_policy
from tests.runbooks.written import POLICY, wrong_in_policy

BOMB = "a: &a [x, x]\n" + "".join(
    f"{new}: &{new} [*{old}, *{old}]\n" for old, new in zip("abcdefg", "bcdefgh", strict=True)
)


@pytest.mark.parametrize(
    "text, line, words",
    [
        ("company: Lumen\ncompany: Lumen\n", 2, '"company" stands here a second time, first in line 1'),
        ("company: !!python/object/apply:os.system [id]\n", 1, '"!!python/object/apply:os.system" is a tag'),
        ("company: !!str Lumen\n", 1, '"!!str" is a tag'),
        ("company: ! Lumen\n", 1, '"!" is a tag'),
        ("zone: x\ncompany: &here Lumen\n", 2, "&here marks a place to repeat"),
        (BOMB, 2, "*a repeats another place"),
        ("company: Lumen\n\tzone: x\n", 2, "there is a tab"),
        ("company: Lumen\n---\ncompany: Lumen\n", 2, "a second document begins here"),
        ("company: a: b\n", 1, "a text with a colon in it needs quotes"),
        ("company: Lumen\nzone\n", 3, "a colon is missing"),
        ('company: "Lumen\n', 2, "a quote or bracket is opened and never closed"),
        ("? [company]\n: Lumen\n", 1, "the name of a field must be plain text"),
        ("*x : Lumen\n", 1, "the name of a field must be plain text"),
        ("no: Lumen\n", 1, 'the name "no" is more than text to YAML'),
        ("<<: {company: Lumen}\n", 1, 'the name "<<" is more than text to YAML'),
        ("company: " + "[" * 5000, 1, "fields within fields, more than 8 deep"),
        ("company: Lumen\u202eskroW\n", 1, "there is an invisible character (U+202E)"),
        ('company: "Lumen\\0"\n', 1, "there is an invisible character (U+0000)"),
        ('company: "\\uD800"\n', 1, "there is an invisible character (U+D800)"),
        ('"comp\\u202Eany": Lumen\n', 1, r'there is no field "comp\u202eany" here'),
        ("", 1, "the file must hold fields"),
        ("# nothing yet\n", 1, "the file must hold fields"),
        ("- company\n", 1, "the file must hold fields"),
    ],
)
def test_what_nobody_meant_is_refused_with_its_line(text: str, line: int, words: str) -> None:
    """Repeats, tags, tabs, second documents and invisible characters are told, with the line they stand in."""
    place = f"policy.yaml line {line}: "
    assert any(one.startswith(place) and words in one for one in wrong_in_policy(text))


@pytest.mark.parametrize(
    "text, words",
    [
        ('company: "\\UFFFFFFFF"\n', r"a character after \U"),
        (f"%YAML {'9' * 5000}.1\n---\ncompany: x\n", "a version after %YAML"),
        ("company: \x00\n", "there is a character that no text has (number 0)"),
        ("#" * 100_001, "the file is too long"),
    ],
)
def test_a_file_without_any_sense_is_refused_as_a_whole(text: str, words: str) -> None:
    """Where no line can be named the file is."""
    (only,) = wrong_in_policy(text)
    assert only.startswith("policy.yaml: ")
    assert words in only


@pytest.mark.parametrize(
    "word", ["no", "yes", "1e9", "0o17", "On", "off", "true", "~", "null", "1042", "1e+9", "1.5", "0x1F", "17:00", "="]
)
def test_a_word_that_yaml_takes_for_more_than_text_needs_quotes(word: str) -> None:
    """A company called No is written in quotes, so that every program reads the same."""
    bare = POLICY.replace("company: Lumen Works", f"company: {word}")
    assert wrong_in_policy(bare) == [
        f'policy.yaml line 1: company: "{word}" is more than text to YAML; put it in quotes'
    ]
    quoted = POLICY.replace("company: Lumen Works", f'company: "{word}"')
    assert parse_policy(quoted).company == word


def test_every_mistake_of_a_file_is_told_at_once() -> None:
    """Nobody corrects a file mistake by mistake."""
    text = (
        POLICY.replace("channel:", "chanel:")
        .replace("quorum: 2", "quorum: 0")
        .replace("owner: P-005", "owner: [P-005]")
    )
    assert wrong_in_policy(text + "company: Lumen Works\n") == [
        "policy.yaml line 1: the field channel is missing",
        'policy.yaml line 3: there is no field "chanel" here; did you mean channel?',
        "policy.yaml line 6: approvals / leaver / quorum: must be 1 or more",
        "policy.yaml line 10: systems / github / owner: must be one text, not a list or fields",
        'policy.yaml line 12: "company" stands here a second time, first in line 1',
    ]


def test_a_file_from_windows_reads_as_the_same_file() -> None:
    """A byte order mark and other line ends change nothing."""
    assert parse_policy("\ufeff" + POLICY.replace("\n", "\r\n")) == parse_policy(POLICY)


def test_the_same_name_typed_differently_is_the_same_name() -> None:
    """Text is kept in one spelling, Unicode NFC."""
    assert parse_policy(POLICY.replace("Lumen", "Lume\u0301n")).company == "Lum\u00e9n Works"


def test_mistakes_are_one_text_for_people() -> None:
    """The error as a text is every sentence, line by line."""
    with pytest.raises(Mistakes, match=r"(?s)line 1: the field company is missing.*line 1: the field zone is missing"):
        parse_policy("channel: x\n", "ours.yaml")
