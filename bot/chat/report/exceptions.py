"""What two people left open: for ever in the report, with the reason, the names and the end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.chat.cards.desk_lines import why
from bot.chat.cards.steps import what
from bot.domain.lifecycle import StepState
from bot.engine.view import View


@dataclass(frozen=True, slots=True)
class LeftOpen:
    """One item that was closed without proof: `second` agreed to what `by` proposed; `over` once its end has come."""

    what: str
    system: str
    why: str
    by: str
    second: str
    at: datetime
    until: datetime
    over: bool


def exceptions(view: View) -> tuple[LeftOpen, ...]:
    """Every one of them, in the order of the plan."""
    steps = {step.id: step for step in view.steps if step.state is StepState.WAIVED}
    found = []
    for entry in view.journal:
        step = steps.get(entry.facts.get("step", "")) if entry.kind == "step.waived" else None
        if step is not None:
            by, second = view.name(entry.facts["by"]), view.name(entry.facts["second"])
            until = datetime.fromisoformat(entry.facts["until"])
            over = step.due is None or until <= view.now
            system = view.system(step.system)
            found.append(LeftOpen(what(step, view), system, why(step, view), by, second, entry.at, until, over))
    return tuple(found)
