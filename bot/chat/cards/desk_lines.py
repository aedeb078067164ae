"""What happens at the fallout desk, one line each: put off, escalated, left open by two people, taken up again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.chat.cards.words import _, day_and_time, listed
from bot.domain.request import Step
from bot.engine.view import View

LINES = {
    "put off": "· {system}: {did}: {name} put this off until {until}.",
    "escalated": "! {system}: {did}: not done yet, so I told {people}.",
    "waiver": "· {system}: {did}: {name} proposed to leave this open. A second person must agree.",
    "waived": "– {system}: {did}: left open until {until} by decision of {name} and {second}: “{reason}”. "
    "It is looked at again then.",
    "waiver over": "! {system}: {did}: the time for which this was left open is over. I look at it again.",
    "waiver back": "! {system}: {did}: the time for which this was left open is over, and {subject} works here again. "
    "I change nothing.",
}


def line(view: View, step: Step, body: Mapping[str, Any], did: str) -> str:
    """One line of the thread."""
    until = datetime.fromisoformat(body["until"]) if "until" in body else None
    return _(
        LINES[body["what"]],
        system=view.system(step.system),
        did=did,
        name=view.name(body.get("by")),
        second=view.name(body.get("second")),
        until=day_and_time(until, view.policy.zone) if until else "",
        reason=why(step, view),
        subject=view.subject.name,
        people=listed(view.name(one) for one in body.get("to", ())),
    )


def why(step: Step, view: View) -> str:
    """The reason that was given for leaving it open."""
    return next((one.text for one in reversed(view.evidence) if one.step == step.id), "")
