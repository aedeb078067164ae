"""What stands in a mail, and on the pages around a card that it opens. A mail names no system, no reason and nobody."""

from __future__ import annotations

from datetime import datetime

from bot.chat.cards.words import _, day_and_time

_DECISIONS = frozenset(
    {
        *("approval", "item", "more", "power", "proposal", "proposal reminder", "signal", "batch"),
        *("lock review", "halt", "undecided", "unanswered", "stopped"),
    }
)
_QUESTIONS = frozenset({"holds", "hold reminder", "held", "scan"})
_WORK = frozenset({"task", "tasks", "reminder", "stuck", "trouble", "escalated"})


def sentence(kind: str) -> str:
    """What waits, in one sentence."""
    if kind in _DECISIONS:
        return _("A decision waits for you in Usher.")
    if kind in _QUESTIONS:
        return _("A question waits for you in Usher.")
    if kind in _WORK:
        return _("Something waits for you to do in Usher.")
    if kind == "digest":
        return _("This is your daily word from Usher: something waits for you.")
    return _("There is a message for you in Usher.")


def subject(kind: str) -> str:
    """The same, for the head of a mail."""
    return sentence(kind).rstrip(".")


def until(expires: datetime, zone: str) -> str:
    """How long the link works, and for whom."""
    at = day_and_time(expires, zone)
    return _("The link is yours alone. It works once, until {at}. Please do not pass it on.", at=at)


def why(company: str) -> str:
    """Who sends this, and what to do with a mail nobody expected."""
    return _(
        "Usher at {company} sends this because you are not in the chat. It never asks for a password.",
        company=company,
    )
