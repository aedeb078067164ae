"""What becomes of the mail and the files of somebody who leaves, and what must be kept because a court may ask."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.domain.model import Change as AnyChange
from bot.domain.model import Delete, Person, PersonId, SystemKey, Task, account_of

NO_DELETE = "A legal hold is in force: nothing here may be deleted, by anybody, until it is lifted in the policy."
_EVIDENCE = "A picture of the setting with its end, or the line of the log"


@dataclass(frozen=True, slots=True)
class Mailbox:
    """What a company does with the mailbox of somebody who leaves, in which system, and for how long."""

    system: SystemKey
    reply: str = ""
    manager: timedelta | None = None
    forward: timedelta | None = None
    files: bool = True


@dataclass(frozen=True, slots=True)
class LegalHold:
    """Of whom, and in which systems, nothing may be deleted."""

    people: frozenset[PersonId] = frozenset()
    systems: frozenset[SystemKey] = frozenset()

    def covers(self, person: PersonId, system: SystemKey) -> bool:
        """Whether nothing of this person may be deleted in this system."""
        return person in self.people or system in self.systems

    def forbids(self, change: AnyChange, person: PersonId) -> bool:
        """Whether this change would delete what must be kept."""
        return isinstance(change, Delete) and self.covers(person, account_of(change).system)


def tasks(mailbox: Mailbox, person: Person, heir: Person | None, starts: datetime, hold: LegalHold) -> Iterable[Task]:
    """What somebody does about the mail and the files, in words with dates; `heir` is who reads them from now on."""
    kept = hold.covers(person.id, mailbox.system)
    rule = f" {NO_DELETE}" if kept else ""
    who = heir.name if heir else "whoever takes over the work (ask HR who that is)"
    if kept:
        how = "Put the mailbox and the files on hold where your system offers it, and tell those who tidy up there."
        yield Task(f"Keep everything in the mailbox of {person.name}", f"{how}{rule}", _EVIDENCE, target="mailbox:hold")
    if mailbox.reply:
        how = f"Set this as the automatic reply: “{mailbox.reply}” Say nothing about why.{rule}"
        yield Task(f"Set an automatic reply for {person.name}", how, _EVIDENCE, target="mailbox:reply")
    if mailbox.manager:
        title = f"Let {who} read the mailbox of {person.name} until {_end(starts, mailbox.manager)}"
        how = f"Set the end at once, so that nobody has to think of it.{rule}"
        yield Task(title, how, _EVIDENCE, target="mailbox:manager")
    if mailbox.forward:
        title = f"Forward new mail of {person.name} to {who} until {_end(starts, mailbox.forward)}"
        yield Task(title, f"Set the end at once. Forward to nobody outside.{rule}", _EVIDENCE, target="mailbox:forward")
    if mailbox.files:
        title = f"Give the files of {person.name} to {who}"
        how = f"Personal drive, shared folders nobody else owns, calendars. Move them; delete nothing.{rule}"
        yield Task(title, how, "Where they are now", target="mailbox:files")


def _end(starts: datetime, length: timedelta) -> date:
    return (starts + length).date()
