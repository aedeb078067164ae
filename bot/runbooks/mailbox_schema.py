"""What a company writes about mail and files of a leaver, and about what must be kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import model_validator

from bot.domain.mailbox import LegalHold, Mailbox
from bot.domain.model import PersonId, SystemKey
from bot.runbooks.fields import Fields, Id, Key, Length, Once, Text, Yes

_MOST = timedelta(days=366)


class MailboxFields(Fields):
    """The mailbox: in which system, what it answers, who reads it and for how long."""

    system: Key
    reply: Text = ""
    manager: Length | None = None
    forward: Length | None = None
    files: Yes = True

    @model_validator(mode="after")
    def _with_an_end(self) -> MailboxFields:
        if any(length and length > _MOST for length in (self.manager, self.forward)):
            raise ValueError("nobody reads another's mail for more than 366 days")
        return self


class LegalHoldFields(Fields):
    """Of whom, and where, nothing may be deleted."""

    people: Annotated[tuple[Id, ...], Once] = ()
    systems: Annotated[tuple[Key, ...], Once] = ()


def mailbox(found: MailboxFields | None) -> Mailbox | None:
    """The rules of a mailbox as frozen data."""
    if found is None:
        return None
    return Mailbox(SystemKey(found.system), found.reply, found.manager, found.forward, found.files)


def legal_hold(found: LegalHoldFields) -> LegalHold:
    """What must be kept, as frozen data."""
    return LegalHold(frozenset(map(PersonId, found.people)), frozenset(map(SystemKey, found.systems)))
