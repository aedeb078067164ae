"""What waits by agreement, in one line each: who is asked, until when, and what happens then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.chat.cards.words import _, day_and_time, listed
from bot.domain.hold import CHECKPOINT, DATE, HANDING, HOLDS, USE, Silence
from bot.domain.lifecycle import StepState
from bot.domain.model import PersonId, Power
from bot.domain.request import Step
from bot.engine.hold import team_of
from bot.engine.view import View

_STATES = {
    USE: "{name} is asked whether it is still in use; it is removed {at} unless there is an answer",
    CHECKPOINT: "waits for {team} until {at}; {silence}",
    DATE: "{name} keeps it until {at}; then it is removed",
    HANDING: "{name} hands over first what hangs on it; it is removed {at} at the latest",
}

LINES = {
    "hold asked": "? {system}: {did}: {state}. Everything else goes on.",
    "hold removed": "· {system}: {did}: {name} says that it may go.",
    "hold released": "· {system}: {did}: {name} released it for {team}.",
    "hold kept": "? {system}: {did}: {name} keeps it until {at}. Everything else goes on.",
    "hold handing": "? {system}: {did}: {name} hands over first what hangs on it. {latest}",
    "hold passed": "? {system}: {did}: {name} asks {to} instead. The time stays: {at}.",
    "hold silent": "· {system}: {did}: nobody answered in time, so it goes now, as announced.",
    "hold ended": "· {system}: {did}: the time for which it was kept is over. It goes now.",
    "hold handed": "· {system}: {did}: what hangs on it is handed over. It goes now.",
    "hold escalated": "! {system}: {did}: {team} did not answer in time. It still waits; {names} can release it too.",
}


def is_held(step: Step) -> bool:
    """Whether this step waits by agreement, or for an answer that has a time."""
    return step.state is StepState.HELD and step.held in HOLDS


def state(step: Step, view: View, zone: str = "") -> str:
    """Where a held step stands: whom it waits for, until when, and what happens then."""
    at = day_and_time(step.due, zone or view.policy.zone) if step.due else _("a time to be said")
    name, team = view.name(step.assignee), _team(step, view)
    return _(_STATES[step.held], name=name, at=at, team=team, silence=silence(step, view))


def silence(step: Step, view: View) -> str:
    """What happens when a team does not answer."""
    team = team_of(view.policy, step)
    if team.silence is Silence.GO:
        return _("without an answer it is removed")
    return _("without an answer {names} is told, and it goes on waiting", names=listed(map(_power, team.escalate)))


def _power(power: Power) -> str:
    return _(power.called)


def _team(step: Step, view: View) -> str:
    return _(team_of(view.policy, step).words) if step.held == CHECKPOINT else ""


def line(view: View, step: Step, body: Mapping[str, Any], did: str) -> str:
    """One line of the thread: when somebody is asked, answers, or does not."""
    at = day_and_time(datetime.fromisoformat(body["until"]), view.policy.zone) if body.get("until") else ""
    then = _then(step, body)
    return _(
        LINES[body["what"]],
        system=view.system(step.system),
        did=did,
        state=state(then, view) if is_held(then) else _("an answer was asked for"),
        name=view.name(body.get("by")),
        to=view.name(body.get("to")),
        at=at,
        team=_(team_of(view.policy, step).words),
        names=listed(view.name(one) for one in body.get("names", ())) or _("nobody"),
        latest=_("It is removed {at} at the latest.", at=at) if at else "",
    )


def _then(step: Step, body: Mapping[str, Any]) -> Step:
    """The step as it was when somebody was asked: the line may be told late, when they have answered already."""
    if "held" not in body:
        return step
    asked, until = PersonId(str(body["by"])), datetime.fromisoformat(body["until"])
    return replace(step, state=StepState.HELD, held=body["held"], assignee=asked, due=until)
