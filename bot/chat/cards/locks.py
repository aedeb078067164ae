"""Locking somebody before the approval: the offer to HR, the question to one more person, and what is owed then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.chat.cards.words import _, day_and_time, listed, within
from bot.chat.port import Button, Buttons, Card, Heading, Piece, Text, Tone
from bot.domain.lifecycle import RequestState
from bot.engine.view import View

_WAITS = frozenset({RequestState.AWAITING_APPROVAL, RequestState.APPROVED, RequestState.SCHEDULED})

LINES = {
    "lock asked": "? {name} asks to lock the accounts now, before the approval. Asked to agree: {names}.",
    "locked": "■ {name} and {second} lock the accounts now: {lock}. The approval of {id} is still needed, until {at}.",
    "lock late": "! The accounts are locked, and nobody has approved {id} in time. {names} were told.",
    "lock back": "↺ {id} does not go ahead. {back}",
}


def line(view: View, body: Mapping[str, Any]) -> str:
    """One line of the thread about the lock."""
    return _(
        LINES[body["what"]],
        id=view.request.id,
        name=view.name(body.get("by")),
        second=view.name(body.get("second")),
        names=listed(view.name(one) for one in body.get("names", ())) or _("nobody"),
        lock=body.get("lock", ""),
        at=day_and_time(datetime.fromisoformat(body["until"]), view.policy.zone) if body.get("until") else "",
        back=_back(view, body),
    )


def _back(view: View, body: Mapping[str, Any]) -> str:
    if body.get("restore"):
        back = _(
            "What {lock} locked is asked back: {restore}. One yes is enough.",
            lock=body["lock"],
            restore=body["restore"],
        )
        if not body.get("instead"):
            return back
        name = view.name(body["instead"])
        return _("{back} It is asked in the name of {name}: who asked for the lock is gone.", back=back, name=name)
    return _(
        "What {lock} locked is not given back by itself: {why}", lock=body.get("lock", ""), why=body.get("why", "")
    )


def agreed(view: View) -> Mapping[str, Any] | None:
    """Who agreed to the lock of this request, and until when the approval is owed; None where nobody locked."""
    return next((one.facts for one in reversed(view.journal) if one.kind == "lock.agreed"), None)


def after(view: View) -> str:
    """What a request that came to nothing says of its lock; empty where there was none."""
    found = agreed(view)
    return _("The accounts were locked before: see {lock}.", lock=found["lock"]) if found else ""


def untouched(view: View) -> str:
    """What is true of a request that came to nothing: nothing was changed, or what was locked before."""
    return after(view) or _("Nothing was changed.")


def card(view: View, seal: Callable[..., str]) -> Card:
    """The offer to lock now, for whoever may press it; later, what came of it."""
    head = Heading(_("{id}: {name}", id=view.request.id, name=view.subject.name))
    found, asked = agreed(view), _asked(view)
    pieces: list[Piece] = [head]
    if found:
        at = day_and_time(datetime.fromisoformat(found["until"]), view.policy.zone)
        said = _(
            "The accounts are locked ({lock}). {id} must be approved by {at}.",
            lock=found["lock"],
            id=view.request.id,
            at=at,
        )
        if view.request.state not in _WAITS:
            said = _("The accounts were locked before the approval ({lock}).", lock=found["lock"])
        pieces.append(Text(said))
    elif view.request.state not in _WAITS:
        said = _("Nothing of {id} is left to lock early.", id=view.request.id)
        pieces.append(Text(said))
    elif asked:
        said = _("I asked {names} whether the accounts may be locked now.", names=asked)
        pieces.append(Text(said))
    else:
        said = _("The plan of {id} waits for approval. If that is too late: lock the accounts now.", id=view.request.id)
        sure = _(
            "The accounts of {name} are locked as soon as one more person agrees. Ask now?", name=view.subject.name
        )
        button = Button(_("Lock now"), "lock_now", seal("lock_now", view.request.id), Tone.DANGER, confirm=sure)
        pieces += [Text(said), Text(_rest(view)), Buttons((button,))]
    return Card(said, tuple(pieces))


def _rest(view: View) -> str:
    owed = view.policy.lock_now.review if view.policy.lock_now else timedelta(hours=24)
    return _(
        "One more person must agree. Then sign-in, keys and open sessions end at once, and nothing else. "
        "It can be given back. The approval is still needed, within {hours}.",
        hours=within(owed),
    )


def _asked(view: View) -> str:
    """Who is asked to agree now; empty where nobody is."""
    trail = [one for one in view.journal if one.kind.startswith("proposal.") and one.facts.get("kind") == "lock"]
    if not trail or trail[-1].kind == "proposal.decided":
        return ""
    made = next(one for one in reversed(trail) if one.kind == "proposal.made")
    return listed(view.name(one) for one in made.facts["asked"])


def review(view: View, body: Mapping[str, Any]) -> Card:
    """The decision that is owed because the accounts are locked already."""
    at = day_and_time(datetime.fromisoformat(body["until"]), view.policy.zone)
    text = _(
        "The accounts of {name} are locked, and {id} still waits for approval. Please decide by {at}.",
        name=view.subject.name,
        id=view.request.id,
        at=at,
    )
    if body.get("late"):
        text = _(
            "The accounts of {name} are locked, and {id} should have been decided by {at}. "
            "Approve it, or deny it: then I ask to unlock them.",
            name=view.subject.name,
            id=view.request.id,
            at=at,
        )
    return Card(text, (Text(text),))
