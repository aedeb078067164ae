"""People who are not in the chat: their mail goes out here, and its link comes back here."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from bot.cli.serve import now
from bot.domain.mail import Security

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
    serve: dict[str, Callable[[door.Asked], door.Told]] = {
        "link": partial(door.link, desk),
        "again": partial(door.once_more, desk),
        "card": partial(door.card, desk, Talk(desk)),
    }
    kind = {which: partial(door.kindly, answer) for which, answer in serve.items()}
    return mail_routes(kind, HEADERS, secure=usher.settings.base_url.startswith("https://"))


def leads_nowhere(usher: Usher) -> bool:
    """Whether links would go out with mail that open on this machine only."""
    from bot.engine.lookup import policy_in_force

    mail = policy_in_force(usher.engine).mail
    local = not usher.settings.base_url.startswith("https://")
    return mail is not None and mail.security is not Security.NONE and local


def post(usher: Usher) -> int:
    """Send the mail that waits; how many. The password is USHER_SMTP_PASSWORD, wherever that lies."""
    from bot.chat.mail.sending import post
    from bot.chat.mail.smtp import Smtp

    return post(usher.desk, Smtp(usher.settings.smtp_password), now())
