"""Whatever people are called and however long the list: what we send is what Teams shows, and nothing but words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import assume, given, settings

from bot.chat.port import Button, Buttons, Card, Heading, Lines, Menu, Option, Portrait, Rule, Small, Text, Tone
from bot.chat.teams_cards import adaptive, summary, weight
from bot.chat.teams_lint import parts, problems
from bot.chat.teams_packed import CHOOSE, unpacked
from tests.chat.hostile import cards

Json = dict[str, Any]
DECEITFUL = set("\u202e\u202d\u2067\ud800\u200b\x00")


def buttons(card: Json) -> list[Json]:
    """Every button, in order."""
    return [dict(part) for _at, part in parts(card) if str(part["type"]).startswith("Action.")]


def texts(card: Json) -> list[str]:
    """Every word that stands in a card."""
    return [str(part[name]) for _at, part in parts(card) for name in ("text", "title", "label") if name in part]


def pressable(card: Card) -> int:
    """How much somebody must be able to press."""
    rows = sum(len(piece.items) for piece in card.pieces if isinstance(piece, Buttons))
    return rows + sum(len(piece.options) > 0 for piece in card.pieces if isinstance(piece, Menu))


@settings(max_examples=40)
@given(cards)
def test_whatever_a_card_says_teams_shows_it_and_reads_only_words(card: Card) -> None:
    """Lengths, names and marks are right for every message, and as long as its buttons fit, so does its weight."""
    made = adaptive(card, {"abc"})
    found = [one for one in problems(made, "message") if pressable(card) <= 20 or "bytes" not in one.message]
    assert found == []
    assert not DECEITFUL & set("".join([*texts(made), made["fallbackText"], summary(card)]))


@settings(max_examples=20)
@given(cards)
def test_no_button_is_ever_lost(card: Card) -> None:
    """Words may be cut with a sentence that says so; what a person must press is always there."""
    assume(pressable(card))
    asked = [one.value for piece in card.pieces if isinstance(piece, Buttons) for one in piece.items if not one.url]
    shown = [one["data"].get("value") for one in buttons(adaptive(card)) if one.get("data")]
    assert [value for value in asked if value not in shown] == []


def test_two_hundred_long_lines_end_in_a_sentence_that_counts_the_missing_ones() -> None:
    """Nothing is left out silently: shown and missing lines add up, and the buttons stay."""
    lines = Lines(tuple(f"account {n} " + "x" * 150 for n in range(200)), title="Accounts")
    card = Card("Plan", (Heading("Plan"), lines, Small("small print"), Buttons((Button("Approve", "approve", "v"),))))
    made = adaptive(card)
    shown = sum(text.count("• account") for text in texts(made))
    notice = next(text for text in texts(made) if "more lines" in text)
    assert shown > 20
    assert notice == f"{200 - shown + 1} more lines: open the report"  # the small print is the one more
    assert buttons(made)[-1]["data"] == {"action": "approve", "value": "v"}
    assert weight(made) < 23_000


def test_a_press_is_answered_and_an_old_client_sends_the_same() -> None:
    """Each button is an Execute; what a client that does not know it sends instead carries the same."""
    card = adaptive(Card("x", (Buttons((Button("Approve", "approve", "v", Tone.GOOD, hint="of Alice"),)),)))
    (found,) = buttons(card)
    assert (found["type"], found["verb"], found["style"]) == ("Action.Execute", "press", "positive")
    assert found["fallback"]["data"] == found["data"] == {"action": "approve", "value": "v"}
    assert found["tooltip"] == "Approve, of Alice"


def test_a_press_that_opens_a_form_asks_for_a_dialog() -> None:
    """Teams opens a dialog only for a Submit that says so before it is pressed."""
    (found,) = buttons(adaptive(Card("x", (Buttons((Button("Done", "done", "v"),)),)), {"done"}))
    assert found["type"] == "Action.Submit"
    assert found["data"] == {"action": "done", "value": "v", "msteams": {"type": "task/fetch"}}


def test_a_button_that_asks_first_counts_only_with_the_second_press() -> None:
    """The first press shows the question; beside it stand the real button and the way back."""
    item = Button("Remove access", "remove", "7", Tone.DANGER, confirm="Really?\nFor good?")
    first, real, back = buttons(adaptive(Card("x", (Buttons((item,)),))))
    assert (first["type"], first["title"]) == ("Action.ToggleVisibility", "Remove access")
    assert first["targetElements"] == back["targetElements"]
    assert (real["data"], real["style"]) == ({"action": "remove", "value": "7"}, "destructive")
    assert back["title"] == "Go back"


def test_a_link_opens_a_page_and_what_is_none_opens_nothing() -> None:
    """Only addresses of the web are opened."""
    links = Buttons((Button("See", "", url="https://u.example/r"), Button("No", "", url="javascript:alert(1)")))
    see, no = buttons(adaptive(Card("x", (links,))))
    assert (see["type"], see["url"]) == ("Action.OpenUrl", "https://u.example/r")
    assert (no["type"], no["isEnabled"]) == ("Action.Submit", False)


def test_a_short_menu_is_a_list_and_a_button_beside_it() -> None:
    """The button says under which name the choice comes back."""
    menu = Menu("Choose", "successor", "signed", (Option("1", "Ben", "Engineer"), Option("2", "Ines")))
    made = adaptive(Card("x", (menu,)))
    (asked,) = [part for _at, part in parts(made) if part["type"] == "Input.ChoiceSet"]
    assert asked["choices"] == [{"title": "Ben – Engineer", "value": "1"}, {"title": "Ines", "value": "2"}]
    (found,) = buttons(made)
    assert found["data"] == {"action": "successor", "value": "signed", "menu": asked["id"]}


@pytest.mark.parametrize("count,words", [(61, "Ben"), (50, "x" * 75)])
def test_a_menu_too_long_for_a_card_opens_a_search(count: int, words: str) -> None:
    """A list that would fill the card, or that nobody would scroll through, travels with a button instead."""
    menu = Menu("Choose", "successor", "signed", tuple(Option(f"{n}", f"{words} {n}", words) for n in range(count)))
    (found,) = buttons(adaptive(Card("x", (menu,))))
    assert found["data"]["msteams"] == {"type": "task/fetch"}
    form = unpacked(found["data"]["form"]).form
    assert (form.handler, json.loads(form.context)) == (CHOOSE, ["successor", "signed"])
    assert weight(found) < 5_000


def test_a_name_cannot_dress_up_as_a_mark_a_link_or_a_date() -> None:
    """Only a heading knows marks, and in it they are shown, not obeyed; everything else is a run of text."""
    for name in (
        "**CISO**",
        "[bank](https://evil.example)",
        "{{DATE(2026-01-01, SHORT)}}",
        "1. first",
        "- x",
        "a*b*c",
        "{{{x",
    ):
        made = adaptive(Card("x", (Heading(name), Text(name, lead=name), Lines((name,), name), Small(name))))
        assert problems(made, "message") == []
        kinds = {part["type"] for _at, part in parts(made)}
        assert kinds == {"TextBlock", "RichTextBlock", "TextRun"}
        assert sum(name in text for text in texts(made)) == 5


def test_a_picture_has_words_beside_it_and_a_rule_is_a_line() -> None:
    """An address that is none of the web's is no picture, and nobody misses the words."""
    shown = adaptive(
        Card("x", (Text("above"), Rule(), Portrait("https://u.example/a.png", "Alice", "Alice\nEngineer")))
    )
    assert [part.get("altText") for _at, part in parts(shown) if part["type"] == "Image"] == ["Alice"]
    assert shown["body"][1]["separator"] is True
    hidden = adaptive(Card("x", (Portrait("data:image/png;base64,AA", "Alice", ""),)))
    assert texts(hidden) == ["Alice"]


def test_a_button_or_a_choice_without_a_name_is_our_bug() -> None:
    """It says so where it is made, and not as a press that nobody understands."""
    for piece in (Buttons((Button("Go", " "),)), Menu("m", "go", "v", (Option("", "A"),))):
        with pytest.raises(ValueError, match="has no name"):
            adaptive(Card("x", (piece,)))


def test_a_card_without_pieces_or_words_still_says_something() -> None:
    """No bubble is ever empty, and a notification always has words."""
    assert texts(adaptive(Card("Hello\nyou"))) == ["Hello", "you"]
    assert texts(adaptive(Card(""))) == [summary(Card("\u200b"))] == ["–"]
    assert problems(adaptive(Card("")), "message") == []


@pytest.mark.parametrize(
    ("said", "here"),
    [
        ("Type /usher help at any time.", "Type usher help at any time."),
        ("/usher role — roles; /usher take-role @name hr", "usher role — roles; usher take-role First Last hr"),
        ("My Home tab shows the same.", "The word home shows the same."),
        ("https://wiki.example.com/access, a/usher, /usher-x", "https://wiki.example.com/access, a/usher, /usher-x"),
    ],
)
def test_a_command_is_said_as_people_of_teams_write_it(said: str, here: str) -> None:
    """No slash, for it opens a menu of Teams; an address stays as it is."""
    drawn = adaptive(Card(said, (Text(said),)))
    assert drawn["body"][0]["inlines"][0]["text"] == here
    assert summary(Card(said)) == drawn["fallbackText"] == here
