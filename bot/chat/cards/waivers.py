"""What two people leave open: its form, its line in the thread."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.chat.cards.words import _, day_and_time
from bot.chat.port import DateField, Form, Text, TextField
from bot.domain.request import Step
from bot.engine.view import View

LINES = {
    "waiver": "· {system}: {did}: {name} proposed to leave this open. A second person must agree.",
    "waived": "– {system}: {did}: left open until {until} by decision of {name} and {second}: “{reason}”. "
    "It is looked at again then.",
    "waiver over": "! {system}: {did}: the time for which this was left open is over. I look at it again.",
    "waiver back": "! {system}: {did}: the time for which this was left open is over, and {subject} works here again. "
    "I change nothing; {asked} was told.",
}


def line(view: View, step: Step, body: Mapping[str, Any], did: str) -> str:
    """One line of the thread: proposed, agreed, over."""
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
        asked=view.name(view.keeper(step.system)),
    )


def why(step: Step, view: View) -> str:
    """The reason that was given for leaving it open."""
    return next((one.text for one in reversed(view.evidence) if one.step == step.id), "")


def form(what: str, system: str, longest: int, zone: str, context: str) -> Form:
    """Why this may stay open, and until when."""
    return Form(
        _("Leave this open"),
        "waive",
        _("Ask for the second yes"),
        (
            Text(_("{what} ({system})", what=what, system=system)),
            Text(_("A second person must agree: security, an admin, or whoever looks after {system}.", system=system)),
            TextField(
                "reason", _("Why may this stay open?"), hint=_("It is kept, and shown in the report."), long=True
            ),
            DateField(
                "day",
                _("Until when?"),
                hint=_("At most {n} days. After that day it is looked at again. In {zone}.", n=longest, zone=zone),
            ),
        ),
        context,
    )
