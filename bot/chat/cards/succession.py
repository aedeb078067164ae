"""Who takes over: the question with its suggestion, and what the person who was named reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.chat.cards.steps import facts, label_of, what
from bot.chat.cards.words import _, day_and_time
from bot.chat.port import Button, Buttons, Card, Facts, Form, Heading, Lines, Menu, Option, Piece, Text, TextField, Tone
from bot.domain.lifecycle import StepState
from bot.domain.model import Disable, HandOver, PersonId
from bot.domain.planning import SUCCESSOR
from bot.domain.request import Step
from bot.domain.successors import ACCEPT, Around, Bond, Suggestion, best, suggest
from bot.engine.view import View

LINES = {
    "accepted": "· {system}: {name} accepts to take over {thing}.",
    "declined": "· {system}: {name} cannot take over {thing}. {asked} is asked for somebody else.",
    "silent": "! {system}: {name} did not answer about {thing} in time. {asked} is asked now.",
    "cannot": "· {system}: {name} is not available for {thing} any more. {asked} is asked for somebody else.",
    "refused": "· {system}: an approver wants somebody else than {name} for {thing}. {asked} is asked.",
}
_BONDS = {
    Bond.ADMINISTERS: "administers it too",
    Bond.CHANGED: "made the last change to it",
    Bond.MANAGER: "is the manager of {name}",
    Bond.TEAM: "works in the same department as {name}",
    Bond.ACTIVE: "was active there lately",
    Bond.REACHES: "can write to it already",
    Bond.DECLINED: "said no before",
}


def is_open(step: Step) -> bool:
    """Whether this is a hand-over that still waits for somebody."""
    return step.state is StepState.HELD and step.held in {SUCCESSOR, ACCEPT} and isinstance(step.action, HandOver)


def suggestions(view: View, step: Step) -> tuple[Suggestion, ...]:
    """Everybody who could take over, best first."""
    if not is_open(step) or not isinstance(step.action, HandOver):
        return ()
    owners = {native: person for (system, native), person in view.owners.items() if system == step.system}
    declined = tuple(_declined(view, step))
    around = Around(view.crew, view.request.subject, owners, view.now.date(), view.going, declined)
    return suggest(step.action.asset, around)


def suggested(view: View, step: Step) -> Suggestion | None:
    """Whom to suggest first, other than whoever is asked already."""
    asked = step.assignee if step.held == ACCEPT else None
    return best(tuple(one for one in suggestions(view, step) if one.person != asked))


def _declined(view: View, step: Step) -> Mapping[PersonId, str]:
    """Who said no so far, or nothing, and the reason they gave."""
    kinds = {"step.declined", "step.silent", "step.refused"}
    every = [entry for entry in view.journal if entry.kind in kinds and entry.facts.get("step") == step.id]
    return {PersonId(str(entry.facts["by"])): entry.private.get("reason", "") for entry in every if entry.facts["by"]}


def refusals(view: View, step: Step) -> list[Piece]:
    """Who said no so far, and why, for whoever has to find somebody else."""
    said = tuple(
        _("{name} said no: “{reason}”", name=view.name(person), reason=reason)
        for person, reason in _declined(view, step).items()
        if reason
    )
    return [Lines(said)] if said else []


def because(one: Suggestion, view: View) -> str:
    """What speaks for somebody, in words."""
    return _(_BONDS[one.bond], name=view.subject.name)


def thing(step: Step, view: View) -> str:
    """What is handed over, in words."""
    if isinstance(step.action, Disable):
        return label_of(step.action.credential)
    if not isinstance(step.action, HandOver):
        return what(step, view)
    asset = step.action.asset
    return _("{kind} {label} in {system}", kind=_(asset.kind), label=asset.label, system=view.system(step.system))


def named(view: View, step: Step, body: Mapping[str, Any]) -> str:
    """Who takes over, by name; by the account alone where somebody else was named since, or nobody linked it."""
    to = step.action.to if isinstance(step.action, HandOver) else None
    label = str(body.get("to", ""))
    label = view.name(label) if body["what"] == "given" else label
    return view.account(to) if to and to.label == label else label


def label(step: Step, view: View) -> str:
    """What somebody takes over, as short as a line of the thread needs it."""
    return step.action.asset.label if isinstance(step.action, HandOver) else thing(step, view)


def card(view: View, step: Step, reader: str | None, buttons: Mapping[str, str]) -> Card:
    """For whoever is named: the question to accept; for everybody else who is asked: who shall take over."""
    if step.held == ACCEPT and reader == step.assignee:
        return _accept(view, step, buttons)
    return _who(view, step, buttons)


def _accept(view: View, step: Step, buttons: Mapping[str, str]) -> Card:
    about = thing(step, view)
    text = _("Will you take over {thing}? ({id})", thing=about, id=view.request.id)
    words = _(
        "{name} is leaving, and was the only one in charge of it. You are asked to be in charge from now on. "
        "Nothing changes before you answer.",
        name=view.subject.name,
    )
    return Card(
        text,
        (
            Heading(_("Will you take over {thing}?", thing=about)),
            Text(words),
            *_known(view, step),
            Buttons(
                (
                    Button(_("Accept"), "accept", buttons["accept"], Tone.GOOD),
                    Button(_("Decline"), "decline", buttons["decline"]),
                ),
            ),
        ),
    )


def _known(view: View, step: Step) -> list[Piece]:
    said: list[Piece] = [Lines(found)] if (found := facts(step, view)) else []
    if step.deadline:
        said.append(Facts(((_("Please answer until"), day_and_time(step.deadline, view.policy.zone)),)))
    return said


def _who(view: View, step: Step, buttons: Mapping[str, str]) -> Card:
    assert isinstance(step.action, HandOver)  # noqa: S101 - is_open said so
    label = step.action.asset.label
    words = _(
        "{name} is the only one who administers {label}. Until somebody accepts, this one item waits.",
        name=view.subject.name,
        label=label,
    )
    pieces: list[Piece] = [Heading(_("Who takes over {label}?", label=label)), Text(words), *_known(view, step)]
    pieces += refusals(view, step)
    if step.held == ACCEPT:
        pieces.append(Text(_("{name} was asked and has not answered yet.", name=view.name(step.assignee))))
    pieces += _choice(view, step, buttons)
    text = _("Who takes over {thing}? ({id})", thing=thing(step, view), id=view.request.id)
    return Card(text, tuple(pieces))


def _choice(view: View, step: Step, buttons: Mapping[str, str]) -> list[Piece]:
    known, first = suggestions(view, step), suggested(view, step)
    pieces: list[Piece] = []
    if first is not None and "suggested" in buttons:
        name = view.name(first.person)
        pieces.append(Text(_("I suggest {name}, who {why}.", name=name, why=because(first, view))))
        pieces.append(Buttons((Button(_("Ask {name}", name=name), "suggested", buttons["suggested"], Tone.GOOD),)))
    if known:
        options = tuple(Option(one.account.native_id, view.account(one.account), because(one, view)) for one in known)
        pieces.append(Menu(_("Choose the successor"), "successor", buttons["successor"], options))
    if first is None and step.held == SUCCESSOR:
        nobody = _("Nobody else can write to it yet. Give somebody access first, then press Look again.")
        asked = _("Everybody who could was asked. Choose once more, or give somebody access and press Look again.")
        pieces.append(Text(asked if known else nobody))
        pieces.append(Buttons((Button(_("Look again"), "look_again", buttons["look_again"]),)))
    return pieces


def decline(about: str, context: str) -> Form:
    """Why not: the next person is found more easily, and nobody asks twice."""
    return Form(
        _("Decline"),
        "decline",
        _("Decline"),
        (
            Text(_("You were asked to take over {thing}.", thing=about)),
            TextField(
                "reason",
                _("Why not?"),
                hint=_("Whoever asked you reads it. A name of somebody who could helps most."),
                long=True,
            ),
        ),
        context,
    )
