"""What operations are told past the chat: what is wrong, since when, and that removals go on. Nobody is named."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.chat.cards.words import _, lasted
from bot.domain.chats import SLACK, TEAMS

_NAMES = {SLACK: "Slack", TEAMS: "Microsoft Teams"}


def subject(body: Mapping[str, Any]) -> str:
    """One line, for the head of a mail."""
    if body["what"] == "mail":
        return _("Usher can send mail again") if "over" in body else _("Usher cannot send mail")
    if body.get("chat"):
        name = _NAMES[body["chat"]]
        return (
            _("Usher reaches {chat} again", chat=name) if "over" in body else _("Usher cannot reach {chat}", chat=name)
        )
    return _("Usher reaches the chat again") if "over" in body else _("Usher cannot reach the chat")


def text(body: Mapping[str, Any]) -> str:
    """The whole alert."""
    since = datetime.fromisoformat(body["since"])
    at = f"{since:%Y-%m-%d %H:%M} UTC"
    if body["what"] == "mail":
        return _mail(body, at)
    if body.get("chat"):
        return _one_of_two(body, _NAMES[body["chat"]], at)
    if "over" in body:
        took = lasted(datetime.fromisoformat(body["over"]) - since)
        return _(
            "Usher reaches the chat again. It was away since {at}, for {took}. What waited is being sent.",
            at=at,
            took=took,
        )
    return _(
        "Usher has not been able to speak in the chat since {at}. The chat's answer: {said}. "
        "Messages that wait: {n}. Access that must end goes on ending; new approvals cannot be given until the chat is "
        "back. Please look at the chat's status page and at the app's token.",
        at=at,
        said=body.get("said") or _("none"),
        n=body.get("waits", 0),
    )


def _one_of_two(body: Mapping[str, Any], chat: str, at: str) -> str:
    if "over" in body:
        took = lasted(datetime.fromisoformat(body["over"]) - datetime.fromisoformat(body["since"]))
        return _(
            "Usher reaches {chat} again. It was away since {at}, for {took}. What waited is being sent.",
            chat=chat,
            at=at,
            took=took,
        )
    return _(
        "Usher has not been able to speak in {chat} since {at}. The answer: {said}. Messages that wait: {n}. Whoever "
        "is in your other chat, too, is asked there. Access that must end goes on ending. Please look at the status "
        "page of {chat} and at the app's password or token.",
        chat=chat,
        at=at,
        said=body.get("said") or _("none"),
        n=body.get("waits", 0),
    )


def _mail(body: Mapping[str, Any], at: str) -> str:
    if "over" in body:
        return _("Usher can send mail again. It could not since {at}. What waited is being sent.", at=at)
    return _(
        "Usher has not been able to send mail since {at}. The mail server's answer: {said}. People without a chat "
        "account are not asked meanwhile; everything else goes on. Please look at `mail` in policy.yaml and at "
        "USHER_SMTP_PASSWORD.",
        at=at,
        said=body.get("said") or _("none"),
    )
