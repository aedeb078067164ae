"""What the cards of every kind of request share: the head in the thread, the plan, the question to who decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.chat.cards import halts, thread
from bot.chat.cards.words import _, day_and_time
from bot.chat.port import Button, Buttons, Card, Heading, Piece, Text
from bot.domain.lifecycle import RequestState
from bot.domain.model import PersonId
from bot.domain.request import Approval
from bot.engine.view import View

BEFORE_START = frozenset({RequestState.AWAITING_APPROVAL, RequestState.APPROVED, RequestState.SCHEDULED})


def head(view: View, state: str, pieces: Iterable[Piece], controls: Iterable[Button]) -> Card:
    """The head of a request in the thread, updated as things move. `state`: where it stands, in one sentence."""
    title, row = thread.title(view), tuple(controls)
    told = (Heading(title), Text(state), *halts.banner(view), *pieces, *([Buttons(row)] if row else []))
    return Card(_("{title}. {state}", title=title, state=state), told)


def plan(view: View, pieces: Iterable[Piece]) -> Card:
    """What was planned, for the thread."""
    return Card(_("The plan of {title}.", title=thread.title(view)), (Heading(_("The plan")), *pieces))


def approval(
    view: View,
    person: PersonId,
    buttons: Mapping[str, str],
    state: str,
    pieces: Iterable[Piece],
    decide: Iterable[Button],
) -> Card:
    """The question, and the buttons that decide; once decided, how it stands, and the way back until it starts."""
    request, title, yes_or_no = view.request, thread.title(view), mine(view, person)
    asked = (Heading(_("Your decision: {title}", title=title)), *pieces)
    if request.state is RequestState.AWAITING_APPROVAL and yes_or_no is None:
        told = (*asked, Text(state), Buttons(tuple(decide)))
        return Card(_("Your decision is needed: {title}.", title=title), told)
    said = (Text(_given(view, one)) for one in living(view))
    back = [take_back(buttons)] if yes_or_no and yes_or_no.yes and request.state in BEFORE_START else []
    return Card(_("{title}. {state}", title=title, state=state), (*asked, *said, Text(state), *back))


def take_back(buttons: Mapping[str, str]) -> Buttons:
    """The way back for whoever said yes."""
    return Buttons((Button(_("Take my approval back"), "take_back", buttons["take_back"]),))


def living(view: View) -> list[Approval]:
    """What was decided about the plan as it is, and not taken back."""
    return [one for one in view.approvals if one.digest == view.request.digest and not one.withdrawn_at]


def mine(view: View, person: PersonId) -> Approval | None:
    """What this person decided about the plan as it is."""
    return next((one for one in living(view) if one.person == person), None)


def _given(view: View, one: Approval) -> str:
    verb = _("approved") if one.yes else _("denied")
    return _("{name} {verb} on {at}.", name=view.name(one.person), verb=verb, at=day_and_time(one.at, view.policy.zone))
