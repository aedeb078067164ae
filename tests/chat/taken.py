"""What both chats take: each card and form is drawn for Slack and for Teams, and nothing is wrong with either."""

from __future__ import annotations

from bot.chat import blocks_lint, teams_lint
from bot.chat.port import Card, Form
from bot.chat.slack_blocks import home, message
from bot.chat.slack_forms import modal
from bot.chat.teams_cards import adaptive, summary
from bot.chat.teams_forms import dialog
from bot.chat.teams_packed import Drawn, packed, unpacked


def card_taken(card: Card) -> None:
    """Assert that both show this message, that nothing of it is missing, and that no name in it is a mention."""
    payload = message(card)
    assert blocks_lint.message_problems(payload) == [], card.text
    assert "<!" not in str(payload).replace("&lt;!", "")
    assert "<@" not in str(payload)
    in_teams(card)


def home_taken(card: Card) -> None:
    """Assert that both show this home view."""
    assert blocks_lint.problems(home(card), "home") == []
    in_teams(card)


def in_teams(card: Card) -> None:
    """Assert that Teams shows this card and its notification."""
    assert teams_lint.problems(adaptive(card), "message") == [], card.text
    assert not {"\u202e", "\u2066", "\x00", "\n"} & set(summary(card))


def form_taken(form: Form | object) -> Form:
    """Assert that both open this form, in a dialog and in the conversation, and that it comes back from Teams whole."""
    assert isinstance(form, Form)
    assert blocks_lint.problems(modal(form), "modal") == []
    drawn = Drawn(form)
    assert teams_lint.problems(dialog(drawn), "dialog") == []
    assert teams_lint.problems(dialog(drawn, inline=True), "message") == []
    assert unpacked(packed(form, {})).form.fields == form.fields
    return form
