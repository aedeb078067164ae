"""What happens in stories about the time after somebody left: days pass, looks are made, things come back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.lifecycle import StepState
from bot.domain.model import Account, Credential, Entitlement, Grant, Person, Revoke, Trigger
from bot.domain.request import Request
from bot.engine.rescan import rescan
from bot.engine.start import start_due
from bot.engine.view import View, view
from bot.store import journal, people, records, rescans, versions
from bot.store.rescans import Look
from tests.fakes.town import ALICE, ALICE_CLOUD, CLOUD, SARA, Town
from tests.stories.acts import approved, finish

DAY = timedelta(days=1)
LEFT = "OFF-101"
FRESH_KEY = Credential(ALICE_CLOUD, "AKIA9", "access key", "AKIA…009")
PROD = Grant(ALICE_CLOUD, Entitlement("group:prod", "group", "prod-readers", privileged=True, why="reaches production"))
OTHER = Grant(ALICE_CLOUD, Entitlement("group:billing", "group", "billing"))
OLD = Account(CLOUD, "AIDA-old", "alice-old", active=True)


def gone(town: Town) -> Town:
    """Alice has left: everything of hers was seen gone, and people did their part."""
    approved(town)
    finish(town)
    assert of(town, LEFT).request.closed_at is not None
    return town


def later(town: Town, days: float) -> None:
    """Days pass; what is due is looked at, and what may run runs."""
    town.pass_time(timedelta(days=days))
    ticks(town)


def ticks(town: Town) -> None:
    """The clock ticks, and everybody works, until nothing moves."""
    for _ in range(3):
        rescan(town.engine, town.now)
        start_due(town.engine, town.now)
        town.work()
        town.pass_time(timedelta(seconds=1))


def of(town: Town, key: str) -> View:
    """A request, whole."""
    return view(town.engine, key, town.now)


def checks(town: Town) -> list[Request]:
    """Every later look so far, the oldest first."""
    with town.engine.db.look() as tx:
        return sorted(
            (one for one in records.about(tx, ALICE) if one.trigger is Trigger.RESCAN), key=lambda one: one.id
        )


def looks(town: Town, key: str = LEFT) -> tuple[Look, ...]:
    """What was planned, made and is to come."""
    with town.engine.db.look() as tx:
        return rescans.of(tx, key)


def certificates(town: Town) -> list[journal.Entry]:
    """Every certificate about Alice."""
    with town.engine.db.look() as tx:
        return [entry for entry in journal.read(tx, request=LEFT) if entry.kind == "rescan.clean"]


def unlinked(town: Town, account: Account) -> None:
    """An account that was hers once, and whose link ended."""
    with town.engine.db.begin() as tx:
        people.end_link(tx, account.system, account.native_id, town.now)


def rule(town: Town, line: str) -> None:
    """The company writes one more line into its policy."""
    with town.engine.db.begin() as tx:
        version = versions.newest(tx, "policy.yaml")
        assert version is not None
        versions.keep(tx, "policy.yaml", f"{versions.body(tx, version)}\n{line}\n", town.now)


def waived(town: Town, until: datetime) -> None:
    """Two people let the right to production stay until a day."""
    with town.engine.db.begin() as tx:
        known = records.steps(tx, LEFT)
        like = next(step for step in known if isinstance(step.action, Revoke) and step.action.grant.key == PROD.key)
        number = known[-1].number + 1
        open_ = replace(like, state=StepState.WAIVED, due=until, ended_by=SARA, number=number)
        records.add_steps(tx, [replace(open_, id=records.step_id(LEFT, number))])


def back(town: Town) -> None:
    """The roster says that Alice starts again today."""
    with town.engine.db.begin() as tx:
        known = people.every(tx)[ALICE]
        facts = {name: getattr(known, name) for name in Person.__dataclass_fields__}
        people.put(tx, [Person(**{**facts, "starts": town.now.date(), "ends": None})])
