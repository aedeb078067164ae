"""Usher itself is paused, in words: who, since when, what goes on all the same, what waits."""

from __future__ import annotations

from bot.chat.cards.words import _, day_and_time
from bot.chat.port import Button, Buttons, Card, Form, Heading, Piece, Small, Text, TextField, Tone
from bot.domain.policy import Crew
from bot.engine.view import View
from bot.store.halts import Halt


def banner(view: View) -> tuple[Piece, ...]:
    """What stands at the head of a request while Usher is paused."""
    if view.halt is None:
        return ()
    return (Text(sentence(view.halt, view.name(view.halt.by), view.policy.zone)),)


def sentence(halt: Halt, name: str, zone: str) -> str:
    """Who paused Usher, and what that means."""
    at = day_and_time(halt.at, zone)
    return _(
        "■ {name} paused Usher on {at}. Only what locks accounts goes on; everything else waits.", name=name, at=at
    )


def form() -> Form:
    """Before it is pressed: what stops, and what does not."""
    return Form(
        _("Pause Usher"),
        "halt",
        _("Pause now"),
        (
            Text(_("From now on I change nothing, in no system and for nobody, until two people let me go on.")),
            Text(
                _(
                    "These go on, because they cannot wait: locking the accounts of somebody who "
                    "leaves, and taking back at its end what was given for a while, or what somebody gives back."
                )
            ),
            Small(_("What a system was asked for already is finished. Reading goes on, and people may still approve.")),
            TextField("why", _("Why?"), hint=_("Read by admins, security and IT."), long=True, optional=True),
        ),
    )


def card(halt: Halt | None, crew: Crew, zone: str, button: str) -> Card:
    """For admins, security and IT: the pause as it stands, and the way out of it."""
    if halt is None:
        text = _("▶ Usher goes on. What waited begins now.")
        return Card(text, (Text(text),))
    known = crew.people.get(halt.by)
    text = sentence(halt, known.name if known else halt.by, zone)
    pieces: list[Piece] = [Heading(_("Usher is paused")), Text(text)]
    if halt.why:
        pieces.append(Text(halt.why, lead=_("Why")))
    sure = _("I ask a second person. When they agree, everything that waits begins. Go on?")
    pieces.append(Small(_("To go on takes two: whoever proposes it, and one more.")))
    pieces.append(Buttons((Button(_("Propose to go on"), "halt_end", button, Tone.PLAIN, confirm=sure),)))
    return Card(text, tuple(pieces))
