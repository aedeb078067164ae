"""What people hear of a system in trouble: when it starts, when it changes, when it ends. Never a line for each try."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bot.domain.request import Step
from bot.engine import desk
from bot.store import Tx, journal, outbox

AGAIN = timedelta(days=1)  # trouble that comes, goes and comes back is told once a day

_TOLD, _OVER = "trouble.told", "trouble.over"


def begins(tx: Tx, step: Step, kind: str, why: str, now: datetime, at: datetime) -> None:
    """The system of a step does not do what we ask; the next try is `at`. One line for all steps it hits."""
    if step.error_kind == kind or not fresh(tx, step, step.system, kind, now):
        return
    outbox.tell(tx, "line", now, request=step.request, step=step.id, what=f"trouble {kind}", why=why, at=at.isoformat())
    outbox.tell(tx, "root", now, request=step.request)


def ends(tx: Tx, step: Step, now: datetime) -> None:
    """The system of a step that was in trouble answers again: told once, if its trouble was."""
    if not step.error_kind:
        return
    desk.redraw(tx, step, now)
    mine = [entry for entry in _trail(tx, step) if entry.facts["about"] == step.system]
    since = next((entry.at for entry in reversed(mine) if entry.kind == _OVER), None)
    told = [entry.at for entry in mine if entry.kind == _TOLD and (since is None or entry.at > since)]
    if not told:
        return
    journal.add(tx, _OVER, now, request=step.request, facts={"about": step.system, "kind": ""})
    span = {"since": min(told).isoformat(), "over": now.isoformat()}
    outbox.tell(tx, "line", now, request=step.request, step=step.id, what="trouble over", **span)


def fresh(tx: Tx, step: Step, about: str, kind: str, now: datetime) -> bool:
    """Whether people have not heard of this within a day; from now on they have."""
    facts: dict[str, Any] = {"about": about, "kind": kind}
    for entry in _trail(tx, step):
        if entry.kind == _TOLD and entry.facts == facts and now - entry.at < AGAIN:
            return False
    journal.add(tx, _TOLD, now, request=step.request, facts=facts)
    return True


def _trail(tx: Tx, step: Step) -> tuple[journal.Entry, ...]:
    return journal.read(tx, request=step.request, kinds=(_TOLD, _OVER))
