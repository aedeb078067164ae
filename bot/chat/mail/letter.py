"""The mail itself: one sentence, one link, as plain text and as small HTML; nothing in it that could be a header."""

from __future__ import annotations

from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import make_msgid

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.chat.cards import mails as words
from bot.chat.cards.words import _
from bot.chat.mail.smtp import MailError
from bot.chat.report.render import clean
from bot.engine.mailing import Letter

_PAGES = Environment(
    loader=FileSystemLoader(__file__.rpartition("/")[0] + "/templates"),
    autoescape=True,
    undefined=StrictUndefined,
    finalize=clean,
    trim_blocks=True,
    lstrip_blocks=True,
)


def written(letter: Letter, base_url: str, now: datetime) -> EmailMessage:
    """The mail to one address. Raises MailError where the roster holds what no mail can go to."""
    link = f"{base_url}/mail/{letter.token}"
    said = (
        words.sentence(letter.kind),
        words.until(letter.expires, letter.zone),
        words.why(clean(" ".join(letter.company.split()))),
    )
    message = EmailMessage(policy=SMTP)
    try:
        message["To"] = _address(letter.to)
        message["From"] = _address(letter.server.sender, "Usher")
    except (ValueError, IndexError, MessageError):  # the parser has all of them for what it cannot read
        raise MailError(_("the address in the roster is none"), final=True) from None
    message["Subject"] = words.subject(letter.kind)
    message["Date"] = now
    message["Message-ID"] = make_msgid(domain=letter.server.sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("\n\n".join((said[0], link, *said[1:])) + "\n")
    page = _PAGES.get_template("letter.html").render(said=said, link=link, open=_("Open it"))
    message.add_alternative(page, subtype="html")
    return message


def _address(text: str, name: str = "") -> Address:
    return Address(name, addr_spec=text)
