"""The fields of mail to people who are not in the chat."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, model_validator

from bot.domain.mail import Mail, Security, is_address
from bot.runbooks.fields import Fields, Length, Number, Title, shown

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_LONGEST = timedelta(days=7)


class MailFields(Fields):
    """The server that takes the mail. Its password is a setting, never a line of this file."""

    host: Annotated[Title, Field(pattern=r"^\S+$")]
    port: Annotated[Number, Field(ge=1, le=65535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    sender: Annotated[Title, Field(pattern=r"^\S+$")]
    user: Annotated[Title, Field(pattern=r"^\S+$")] = ""
    link: Length = Mail("", "").lasts

    @model_validator(mode="after")
    def _safe(self) -> MailFields:
        if self.security == "none" and self.host not in _LOOPBACK:
            raise ValueError("security: none is for a server on this machine; write starttls or tls")
        if not is_address(self.sender):
            raise ValueError(f"sender: {shown(self.sender)} is no mail address")
        if self.link > _LONGEST:
            raise ValueError(f"link: must be {_LONGEST.days} days or less")
        return self


def mail(found: MailFields | None) -> Mail | None:
    """The rule about mail; None where a company sends none."""
    if found is None:
        return None
    return Mail(found.host, found.sender, found.port, Security(found.security), found.user, found.link)
