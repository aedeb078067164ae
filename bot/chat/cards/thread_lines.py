"""The lines of a thread: one for each thing that happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.chat.cards import desk_lines, erase, fallout, gifts, kept, locks, machines, rescans, succession, trouble
from bot.chat.cards.rules import named
from bot.chat.cards.steps import what
from bot.chat.cards.thread import when
from bot.chat.cards.words import _, clock, counted, listed
from bot.chat.port import Card, Text
from bot.domain.model import HandOver
from bot.domain.planning import MACHINE, SUCCESSOR
from bot.domain.request import Step
from bot.engine.view import View


def line(view: View, step: Step | None, body: Mapping[str, Any]) -> Card:
    """One thing that happened, as one line of the thread."""
    said = _line(view, step, body)
    return Card(said, (Text(said),))


_STEP_LINES = {
    "confirmed": "✓ {system}: {said} Seen at {seen}.",
    "already": "✓ {system}: {did}: was so already. Seen at {seen}.",
    "parked": "! {system}: {did}: {why} A person must help; {asked} was asked.",
    "held": "? {system}: {did}: waits for {waits}. Everything else goes on.",
    "asked": "· {system}: {did}: {asked} was asked.",
    "attested": "✓ {system}: {did}: done by {name}. “{said}”",
    "successor": "· {system}: {name} named {to} to take over {thing}.",
    **succession.LINES,
    **machines.LINES,
    "joined": "+ {system}: {did}: appeared since the plan was made and joins it.",
    "left": "– {system}: {did}: {name} decided to leave it.",
    "overdue": "! {system}: {did}: {asked} is past the deadline.",
}


def _line(view: View, step: Step | None, body: Mapping[str, Any]) -> str:
    if body["what"] in gifts.LINES:
        return gifts.line(view, step, body, what(step, view) if step else "")
    if body["what"] in erase.LINES:
        return erase.line(view, step, body)
    if step is None:
        return _request_line(view, body)
    if body["what"] in desk_lines.LINES:
        return desk_lines.line(view, step, body, what(step, view))
    if body["what"] in trouble.LINES:
        return trouble.line(view, step, body, what(step, view))
    if body["what"] in kept.LINES:
        return kept.line(view, step, body, what(step, view))
    if "held" in body or body["what"] == "held":
        step = _then(step, body)
    words = {SUCCESSOR: _("a successor"), MACHINE: _("somebody who decides")}
    waits = words.get(step.held, _("an approval of its own"))
    return _(
        _STEP_LINES[body["what"]],
        system=view.system(step.system),
        did=what(step, view),
        said=body.get("said") or step.said or _("see the file"),
        seen=clock(datetime.fromisoformat(body["seen"]), view.policy.zone) if "seen" in body else "",
        why=body.get("why") or step.error,
        name=view.name(body.get("by")),
        asked=view.name(body.get("asked") or step.assignee or view.keeper(step.system)),
        to=succession.named(view, step, body),
        thing=succession.label(step, view),
        waits=waits,
    )


def _then(step: Step, body: Mapping[str, Any]) -> Step:
    """The step as it was when it began to wait: the line may be told late, when somebody has decided already."""
    held = body.get("held", step.held)
    action = replace(step.action, to=None) if isinstance(step.action, HandOver) and held == SUCCESSOR else step.action
    return replace(step, held=held, action=action)


def _moved(view: View, body: Mapping[str, Any]) -> str:
    """When it was to begin after that; it may have been moved once more since."""
    starts_at = datetime.fromisoformat(body["starts"]) if "starts" in body else view.request.starts_at
    return when(replace(view, request=replace(view.request, starts_at=starts_at, immediate=False)))


def _more(missing: int) -> str:
    return counted(missing, "1 more approval is needed.", "{n} more approvals are needed.")


def _request_line(view: View, body: Mapping[str, Any]) -> str:
    if body["what"] in rescans.LINES:
        return rescans.line(view, body)
    if body["what"] in locks.LINES:
        return locks.line(view, body)
    name = view.name(body.get("by"))
    said = {
        "one yes": _("✓ {name} approved. {more}", name=name, more=_more(body.get("missing", 1))),
        "approved": _("✓ {name} approved. That is enough.", name=name),
        "by rule": _(
            "✓ Approved by the company's rules, without asking anybody: every item is covered by {rules}.",
            rules=named(body.get("rules", [])),
        ),
        "denied": _("✗ {name} denied, and one no ends it. {rest}", name=name, rest=locks.untouched(view)),
        "void": _("! {name} may not decide about this any more, so that yes counts no longer. I ask again.", name=name),
        "shielded": _(
            "■ Policy protects {name} since this was approved: no new step starts. Security decides what happens now.",
            name=name,
        ),
        "back": _("■ {name} works here again: no new step starts.", name=name),
        "braked": _("■ More people than usual leave at once: this waits until two more people have looked."),
        "taken back": _("{name} took the approval back. Nothing starts before enough people approve.", name=name),
        "started": _("Started: reading every system again first."),
        "stopped": _("■ {name} pressed Stop: no new step starts.", name=name),
        "resumed": _("▶ {name} let it go on.", name=name),
        "cancelled": _("{name} cancelled the request. {rest}", name=name, rest=locks.untouched(view)),
        "rescheduled": _("{name} moved it: {when}. The approvers are asked again.", name=name, when=_moved(view, body)),
        "unreached": _("! {name} has no linked chat account and was not asked. Tell them another way.", name=name),
        "undecided": _(
            "! Nobody has decided yet, so I told {names}.", names=listed(map(view.name, body.get("to", ())))
        ),
        "still stopped": _(
            "■ Still stopped; I told {names} as well. {inside}",
            names=listed(map(view.name, body.get("to", ()))),
            inside=fallout.inside_words(view),
        ).rstrip(),
        "nobody": _(
            "! Too few people are left who may approve this. Cancel it, or ask an admin to give somebody the "
            "role: I ask them by myself."
        ),
    }
    return said.get(body["what"], str(body["what"]))
