"""The second channel: when the chat itself is away, operations hear of it by a webhook, by mail, or both."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Protocol
from urllib.parse import unquote, urlsplit

import structlog

from bot.chat import reach
from bot.chat.cards import alerts as cards
from bot.chat.desk import Desk
from bot.chat.port import Chat, ChatError
from bot.engine import notices

log = structlog.get_logger()

SECONDS = 5


class SecondChannel(Protocol):
    """A way to operations that does not lead through the chat."""

    def send(self, subject: str, text: str, state: str) -> None:
        """Tell it; `state` is open or over. Raises Unreachable when nobody took it."""
        ...


@dataclass(frozen=True, slots=True)
class Alerts:
    """Where operations listen: a webhook, addresses of mail and the server that takes it, or nothing."""

    webhook: str = field(default="", repr=False)
    mail: tuple[str, ...] = ()
    smtp: str = field(default="", repr=False)
    sender: str = "usher@localhost"

    def send(self, subject: str, text: str, state: str) -> None:
        """Tell every channel there is. Raises Unreachable when none of them took it."""
        body = {"text": text, "state": state, "from": "Usher"}
        ways: list[Callable[[], None]] = []
        if self.webhook:
            ways.append(lambda: reach.post(self.webhook, body, seconds=SECONDS))
        if self.mail:
            ways.append(lambda: self._mailed(subject, text))
        failed = [said for said in map(_failure, ways) if said]
        if ways and len(failed) == len(ways):
            raise reach.Unreachable("; ".join(failed))
        for said in failed:
            log.error("an alert did not arrive on one of its ways", said=said)

    def _mailed(self, subject: str, text: str) -> None:
        parts = urlsplit(self.smtp)
        host, local = parts.hostname or "", (parts.hostname or "") in reach.LOOPBACK
        message = EmailMessage()
        message["Subject"], message["From"], message["To"] = subject, self.sender, ", ".join(self.mail)
        message.set_content(text)
        context = ssl.create_default_context()
        if parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, parts.port or 465, timeout=SECONDS, context=context)
        else:
            server = smtplib.SMTP(host, parts.port or 587, timeout=SECONDS)
        with server:
            if parts.scheme == "smtp" and not local:
                server.starttls(context=context)  # raises where the server cannot: nothing goes in the clear
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(message)


def _failure(way: Callable[[], None]) -> str:
    """Why an alert did not arrive, without the address; empty when it did."""
    try:
        way()
    except reach.Unreachable as error:
        return f"webhook: {error}"
    except (smtplib.SMTPException, OSError) as error:
        return f"mail: {type(error).__name__}"
    return ""


def alarm(desk: Desk, alerts: SecondChannel, now: datetime, me: str = "local") -> int:
    """Send what operations must hear; how many alerts. One that does not get through is tried again for ever."""
    stream = notices.claim(desk.engine, me, now, alerts=True)
    if stream is None:
        return 0
    count = 0
    for notice in stream.notices:
        subject, text = cards.subject(notice.body), cards.text(notice.body)
        over = "over" in notice.body
        (log.warning if over else log.error)(subject, text=text)
        try:
            alerts.send(subject, text, "over" if over else "open")
        except reach.Unreachable as error:
            wait = timedelta(seconds=min(300.0, 5 * 2.0 ** min(notice.tries, 6)))
            notices.release(desk.engine, stream, desk.clock() + wait, str(error))
            return count
        notices.sent(desk.engine, stream, [notice.id], desk.clock())
        count += 1
    return count


def watch(desk: Desk, chat: Chat, now: datetime) -> None:
    """Whether the chat lets us in, and whether what we had to say went out within five minutes."""
    try:
        chat.check()
    except ChatError as error:
        if error.dead:
            notices.refused(desk.engine, error.said, now, desk.lane)
            return
        if error.unknown:
            notices.look_at_chat(desk.engine, now, desk.lane, answers=False)
            return
    notices.look_at_chat(desk.engine, now, desk.lane)
