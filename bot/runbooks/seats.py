"""People named in the files of a company who are about to leave: said while there is time to name somebody else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from bot.domain.model import PersonId
from bot.domain.policy import Crew, Policy, Runbook
from bot.domain.seats import written
from bot.runbooks.reading import Path

_SOON = timedelta(days=30)
Wrong = Iterator[tuple[Path, str]]


def leaving_soon(policy: Policy, crew: Crew, today: date) -> Wrong:
    """Everybody whom the policy names for something, and whose last day is within a month."""
    for person in crew.people:
        for (_file, path), seat in written(person, policy, {}):
            yield from _soon(person, seat, path, crew, today)


def keeper_leaves_soon(runbook: Runbook, crew: Crew, today: date) -> Wrong:
    """The owner of a runbook whose last day is within a month."""
    yield from _soon(runbook.owner, "owner of this runbook", ("owner",), crew, today)


def unknown_systems(policy: Policy) -> Wrong:
    """A legal hold on a system that the policy does not have keeps nothing."""
    for key in sorted(policy.legal_hold.systems - set(policy.systems)):
        yield ("legal_hold", "systems"), f"there is no system {key} in this policy (legal hold)"


def deleted_somewhere(policy: Policy) -> Wrong:
    """Accounts are deleted where Usher can look: a system of the policy, with a connector."""
    for key in policy.delete:
        system = policy.systems.get(key)
        if system is None:
            yield ("delete", key), f"there is no system {key} in this policy (delete)"
        elif not system.connector:
            yield ("delete", key), f"Usher cannot look into {system.name}, which has no connector (delete)"


def mailbox_somewhere(runbook: Runbook, policy: Policy) -> Wrong:
    """The mailbox is in a system of the policy."""
    if runbook.mailbox is not None and runbook.mailbox.system not in policy.systems:
        yield ("mailbox", "system"), f"there is no system {runbook.mailbox.system} in policy.yaml (mailbox)"


def _soon(person: PersonId, role: str, path: Path, crew: Crew, today: date) -> Wrong:
    known = crew.people.get(person)
    if known is not None and known.ends is not None and today <= known.ends <= today + _SOON:
        yield path, f"{known.name} ({person}) leaves on {known.ends} ({role}); name somebody who stays"
