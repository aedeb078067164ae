"""People who are not in the chat: their mail goes out here, and its link comes back here."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bot.cli.serve import now

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from bot.cli.serve import Usher


def routes(usher: Usher) -> tuple[BaseRoute, ...]:
    """The pages behind the link of a mail. Their address is https, or on this machine: no other is ever started."""
    from bot.chat.commands import Talk
    from bot.chat.mail import door
    from bot.chat.mail.page import HEADERS
    from bot.web import mail_routes

    desk = usher.desk
    serve = {
        "link": partial(door.link, desk),
        "again": partial(door.once_more, desk),
        "card": partial(door.card, desk, Talk(desk)),
    }
    return mail_routes(serve, HEADERS, secure=usher.settings.base_url.startswith("https://"))


def post(usher: Usher) -> int:
    """Send the mail that waits; how many. The password is USHER_SMTP_PASSWORD, wherever that lies."""
    from bot.chat.mail.sending import post
    from bot.chat.mail.smtp import Smtp

    return post(usher.desk, Smtp(usher.settings.smtp_password), now())
