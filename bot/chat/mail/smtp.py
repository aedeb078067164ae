"""Handing a mail to a server, on a way that nobody reads along; which answers are worth another try."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Protocol

from bot.domain.mail import Mail, Security

SECONDS = 10


class MailError(Exception):
    """The server took it not. `final`: it says that there is no such address; `said` names nobody."""

    def __init__(self, said: str, *, final: bool = False) -> None:
        super().__init__(said)
        self.said = said
        self.final = final


class Office(Protocol):
    """Whoever takes mail from us."""

    def take(self, server: Mail, message: EmailMessage) -> None:
        """Send one mail. Raises MailError."""
        ...


@dataclass(frozen=True, slots=True)
class Smtp:
    """A mail server, spoken to with this password."""

    password: str = field(default="", repr=False)
    seconds: float = SECONDS

    def take(self, server: Mail, message: EmailMessage) -> None:
        """Send one mail over SMTP. Raises MailError."""
        try:
            with self._open(server) as line:
                if server.user:
                    line.login(server.user, self.password)
                _handed_over(line, message)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _said in error.recipients.values()]
            raise MailError(f"the address is refused ({codes[0]})", final=min(codes) >= 500) from None
        except smtplib.SMTPResponseException as error:
            raise MailError(f"the mail server answers {error.smtp_code}") from None
        except (smtplib.SMTPException, OSError, ValueError) as error:
            raise MailError(f"the mail server: {type(error).__name__}") from None

    def _open(self, server: Mail) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if server.security is Security.TLS:
            return smtplib.SMTP_SSL(server.host, server.port, timeout=self.seconds, context=context)
        line = smtplib.SMTP(server.host, server.port, timeout=self.seconds)
        if server.security is Security.STARTTLS:
            try:
                line.starttls(context=context)  # raises where the server cannot: nothing goes in the clear
            except BaseException:
                line.close()
                raise
        return line


def _handed_over(line: smtplib.SMTP, message: EmailMessage) -> None:
    try:
        line.send_message(message)
    except smtplib.SMTPNotSupportedError:  # letters beyond ASCII in the address, and a server without SMTPUTF8
        raise MailError("the mail server takes no such address", final=True) from None
