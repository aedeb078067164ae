"""Showing an answer where Slack allows it: a modal while the trigger lives, else words to the one person."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

import httpx
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.chat.cards.words import _
from bot.chat.plain_words import Json
from bot.chat.port import Answer, Card, ChatError, Form, FormErrors, Later, Where
from bot.chat.reach import is_reply_address
from bot.chat.saying import Words, made, once_more
from bot.chat.slack_blocks import home, message, reading
from bot.chat.slack_chat import SECONDS, SlackChat, asked, word_of
from bot.chat.slack_forms import modal, noticed

log = logging.getLogger(__name__)

EXPIRED = frozenset({"expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id", "trigger_expired"})
OUTDATED = frozenset({"hash_conflict", "not_found", "view_not_found"})


@dataclass(frozen=True)
class Screen:
    """What people see of us: modals at once, words a moment after the acknowledgement."""

    client: WebClient
    pool: Executor

    def begun(self, answer: Answer, body: Json, person: str) -> Form | Card | FormErrors | None:
        """What is shown at once; where more comes later, that is begun, and told when it is there."""
        if not isinstance(answer, Later):
            return answer
        then = answer.then
        self.later(lambda: self.tell(body, person, made(then)))
        return answer.card

    def shown(self, answer: Form | Card | FormErrors | None, trigger: str, words: Words) -> Card | None:
        """Open the form, if the answer is one; what is left to say otherwise. Raises SlackApiError."""
        match answer:
            case Form():
                return self._opened(modal(answer), trigger, words)
            case FormErrors(by_field):
                return Card(" ".join(by_field.values()))
        return answer

    def _opened(self, view: Json, trigger: str, words: Words) -> Card | None:
        if not trigger:
            return once_more(words, _("Your form is ready."))
        try:
            asked(self.client.views_open, trigger_id=trigger, view=view)
        except ChatError as error:
            if not error.unknown and not EXPIRED & set(error.said.split()):
                raise
            log.info("A form did not open in time: %s", error.said)
            return once_more(words, _("That took too long, so the form did not open. Nothing was lost."))
        return None

    def in_modal(self, answer: Form | Card | FormErrors | None, body: Json) -> None:
        """Show what a press inside a modal led to. Raises SlackApiError."""
        view: Json = body["view"]
        match answer:
            case Form():
                self.replace(view, modal(answer, view))
            case FormErrors(by_field):
                self.replace(view, noticed(view, " ".join(by_field.values())))
            case Card():
                self._pushed(answer, body)

    def _pushed(self, answer: Card, body: Json) -> None:
        try:
            asked(self.client.views_push, trigger_id=body["trigger_id"], view=reading(answer))
        except ChatError as error:
            if not error.unknown and not EXPIRED & set(error.said.split()):
                raise
            log.info("A page did not open in time: %s", error.said)
            self.replace(body["view"], noticed(body["view"], answer.text))  # in the form itself, with what was typed

    def replace(self, view: Json, by: Json) -> None:
        """Draw an open modal again, unless it is closed or newer than what we know. Raises SlackApiError."""
        try:
            self.client.views_update(view_id=view["id"], hash=view["hash"], view=by)
        except SlackApiError as error:
            if word_of(error) not in OUTDATED:
                raise
            log.info("A form changed or closed while it was drawn again")

    def tell(self, body: Json, person: str, words: Card) -> None:
        """Say something to one person alone, beside what they pressed; soon, not now."""
        address, view = str(body.get("response_url") or ""), body.get("view") or {}
        if view.get("type") == "modal":
            self.later(lambda: self.replace(view, noticed(view, words.text)))
        elif address and is_reply_address(address, self.client.base_url):
            self.later(lambda: _whisper(address, words, where_of(body).thread))
        else:
            self.later(lambda: self.write(person, words))

    def write(self, person: str, words: Card) -> None:
        """Send a direct message. Raises ChatError."""
        chat = SlackChat(self.client)
        chat.send(chat.direct(person), words)

    def publish(self, person: str, words: Card) -> None:
        """Show a card on a person's home tab. Raises SlackApiError."""
        self.client.views_publish(user_id=person, view=home(words))

    def later(self, work: Callable[[], None]) -> None:
        """Do something after the acknowledgement; whoever waits for Slack must not make Slack wait."""
        self.pool.submit(_logged, work)


def _logged(work: Callable[[], None]) -> None:
    try:
        work()
    except Exception:
        log.exception("Something could not be shown")


def _whisper(address: str, words: Card, thread: str) -> None:
    body: Json = {**message(words), "response_type": "ephemeral", "replace_original": False}
    if thread:
        body["thread_ts"] = thread
    httpx.post(address, json=body, timeout=SECONDS, follow_redirects=False).raise_for_status()


def where_of(body: Json) -> Where:
    """Where something was typed or pressed."""
    if "command" in body:
        return Where(channel=str(body.get("channel_id") or ""))
    place = body.get("container") or {}
    thread = place.get("thread_ts") or (body.get("message") or {}).get("thread_ts") or ""
    return Where(str(place.get("channel_id") or ""), str(thread), str(place.get("message_ts") or ""))
