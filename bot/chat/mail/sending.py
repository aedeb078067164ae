"""The outbox of the mail: one after the other, beside the chat and never before it; what fails is tried again."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from bot.chat.desk import Desk
from bot.chat.mail.letter import written
from bot.chat.mail.smtp import MailError, Office
from bot.engine import mailing

log = structlog.get_logger()

MOST = 50  # mails of one tick
_LONGEST = 600.0  # seconds between two tries


def post(desk: Desk, office: Office, now: datetime) -> int:
    """Send what waits; how many mails. A server that is away delays mails, nothing else."""
    for count in range(MOST):
        letter = mailing.take(desk.engine, desk.everywhere, now)
        if letter is None:
            return count
        try:
            office.take(letter.server, written(letter, desk.base_url, desk.clock()))
        except MailError as error:
            log.warning("a mail is delayed" if not error.final else "a mail cannot go out", said=error.said)
            wait = timedelta(seconds=min(_LONGEST, 5 * 2.0 ** min(letter.tries, 7)))
            mailing.failed(desk.engine, letter, error.said, desk.clock() + wait, desk.clock(), final=error.final)
            if not error.final:
                return count  # the next one would wait as long for nothing
            continue
        mailing.sent(desk.engine, letter, desk.clock())
    return MOST
