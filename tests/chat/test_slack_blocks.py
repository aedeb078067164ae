"""Whatever people are called and however long the list: what we send is what Slack takes, and nothing but words."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from slack_sdk.models.blocks import Block

from bot.chat.blocks_lint import message_problems, problems
from bot.chat.plain_words import cleaned, size
from bot.chat.port import Button, Buttons, Card, Heading, Lines, Menu, Option, Small, Text, Tone
from bot.chat.slack_blocks import action_of, home, message, reading
from bot.chat.slack_words import typed
from tests.chat.hostile import all_texts, cards, harmless, without_defaults


@settings(max_examples=40)
@given(cards)
def test_whatever_a_card_says_slack_takes_it_and_reads_only_words(card: Card) -> None:
    """Lengths, numbers, ids and marks are right for every message, also in the eyes of Slack's own models."""
    payload = message(card)
    assert message_problems(payload) == []
    assert harmless(payload)
    assert not set(payload["text"]) & set("<>")
    read = [block.to_dict() for block in Block.parse_all(payload["blocks"])]
    assert without_defaults(read) == without_defaults(payload["blocks"])


@settings(max_examples=40)
@given(cards)
def test_the_same_card_stands_on_a_home_tab_and_in_a_modal(card: Card) -> None:
    """A view has its own limits, and they are kept as well."""
    assert problems(home(card), "home") == []
    assert problems(reading(card), "modal") == []


@settings(max_examples=40)
@given(cards)
def test_no_button_is_ever_lost(card: Card) -> None:
    """Words may be cut with a sentence that says so; what a person must press is always there."""
    asked = [item.label for piece in card.pieces if isinstance(piece, Buttons) for item in piece.items]
    shown = [
        e for b in message(card)["blocks"] if b["type"] == "actions" for e in b["elements"] if e["type"] == "button"
    ]
    assert len(shown) == len(asked)


def test_two_hundred_long_lines_end_in_a_sentence_that_counts_the_missing_ones() -> None:
    """Nothing is left out silently: shown and missing lines add up, and the buttons stay."""
    lines = Lines(tuple(f"account {n} " + "x" * 150 for n in range(200)), title="Accounts")
    card = Card("Plan", (Heading("Plan"), lines, Small("small print"), Buttons((Button("Approve", "approve", "v"),))))
    blocks = message(card)["blocks"]
    shown = sum(text.count("• account") for text in all_texts(blocks))
    notice = next(text for text in all_texts(blocks) if "more lines" in text)
    assert shown > 20
    assert notice == f"{200 - shown + 1} more lines: open the report"  # the small print is the one more
    assert blocks[-1]["elements"][0]["action_id"] == "approve"
    assert size(json.dumps(blocks, ensure_ascii=False)) < 12_500


def test_forty_nine_rows_of_buttons_share_rows_before_one_is_lost() -> None:
    """Even a card of nothing but buttons keeps all of them."""
    rows = tuple(Buttons((Button(f"Done {n}", "done", str(n)),)) for n in range(60))
    blocks = message(Card("Many", (Text("Choose"), *rows)))["blocks"]
    elements = [e for b in blocks if b["type"] == "actions" for e in b["elements"]]
    assert [e["value"] for e in elements] == [str(n) for n in range(60)]
    assert problems(blocks, "message") == []
    assert {action_of(e["action_id"]) for e in elements} == {"done"}


def test_a_reason_cannot_dress_up_as_ours() -> None:
    """Beside a bold lead, marks, quotations and emoji of a person's words are shown, not obeyed."""
    card = Card("x", (Text("*Approved* by _CISO_ :white_check_mark: <!here> `rm`\n> quote", lead="Reason"),))
    said = message(card)["blocks"][0]["text"]["text"]
    assert said.startswith("*Reason* ")
    assert "*" not in said.removeprefix("*Reason* ").replace("Approved*", "")
    assert "&lt;!here&gt;" in said
    assert not any(mark in said for mark in ("`", ":white_check_mark:", "\n&gt;", " _CISO"))


def test_a_signed_value_is_carried_whole_or_not_at_all() -> None:
    """Cutting a signed value would break it in silence; too long a one is our bug and says so."""
    assert message(Card("x", (Buttons((Button("Go", "go", "v" * 2000),)),)))["blocks"][0]["elements"][0]["value"]
    for piece in (
        Buttons((Button("Go", "go", "v" * 2001),)),
        Buttons((Button("Go", ""),)),
        Buttons((Button("Go", "a~b"),)),
        Menu("m", "go", "v" * 300, (Option("a", "A"),)),
        Menu("m", "go", "v", (Option("", "A"),)),
    ):
        with pytest.raises(ValueError, match=r"Slack carries|no name|~"):
            message(Card("x", (piece,)))


def test_a_button_says_what_it_does_and_asks_first() -> None:
    """Danger, the question before the press and the words for screen readers arrive."""
    item = Button("Remove access", "remove", "7", Tone.DANGER, confirm="Really?", hint="of Alice Meyer in GitHub")
    element = message(Card("x", (Buttons((item,)),)))["blocks"][0]["elements"][0]
    assert element["style"] == element["confirm"]["style"] == "danger"
    assert element["confirm"]["text"]["text"] == "Really?"
    assert element["accessibility_label"] == "Remove access, of Alice Meyer in GitHub"
    link = message(Card("x", (Buttons((Button("Report", "", url="https://u.example/r"),)),)))["blocks"][0]["elements"][
        0
    ]
    assert link["url"] == "https://u.example/r"
    assert action_of(link["action_id"]) == "open"


def test_what_people_type_is_read_without_slacks_notation() -> None:
    """Mentions stay ids, links become addresses, escapes become letters."""
    said = (
        "&lt;b&gt; R&amp;D <@U0ALICE|alice> <@W1> <#C1|general> <!here> <https://x.example/a|x> <mailto:a@x.example|a>"
    )
    assert typed(said) == "<b> R&D <@U0ALICE> <@W1> #general @here https://x.example/a mailto:a@x.example"


def test_names_keep_every_letter_that_can_be_read() -> None:
    """Hebrew, joined emoji and flags stay; only what hides or turns words goes."""
    assert cleaned("שלום 👩🏽‍🚀 Zoë\r\nx") == "שלום 👩🏽‍🚀 Zoë\nx"
    assert cleaned("a\u202eb\u2066c\u200bd\x00") == "abcd"
