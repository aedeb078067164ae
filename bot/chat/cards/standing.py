"""How a request stands, for whoever asks: in a few words first, then every item, what is late before all else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from bot.chat.cards import kept
from bot.chat.cards.steps import mark, state_words, what
from bot.chat.cards.words import _, day_and_time, items, listed
from bot.chat.port import Facts, Lines, Piece
from bot.domain.lifecycle import NOT_STARTED, StepState
from bot.domain.request import Step
from bot.engine.view import View

ASKED = frozenset({StepState.READY, StepState.HELD, StepState.PARKED})
_DONE = frozenset({StepState.CONFIRMED, StepState.ATTESTED})
_MOST = 12  # lines of what is done: more pushes out of sight what is not
_STUCK = frozenset({StepState.PARKED, StepState.FAILED})


def waits_for(view: View) -> Counter[str]:
    """Whoever has something to do now, by name, with how much it is."""
    return Counter(view.name(step.assignee) for step in view.steps if step.assignee and step.state in ASKED)


def pieces(view: View) -> tuple[Piece, ...]:
    """How much waits for whom, what is stuck or late; then all of it, a line each, what is done at the end."""
    if view.request.state in NOT_STARTED:
        return (Lines(tuple(_name(step, view) for step in view.steps), _("What would be done")),)
    late = tuple(step for step in view.steps if _late(step, view))
    still = tuple(step for step in view.steps if not step.ended and step not in late)
    undone = tuple(step for step in view.steps if step.ended and step.state not in _DONE)
    done = tuple(step for step in view.steps if step.state in _DONE)
    titled = ((late, _("Late")), (still, _("Still open")), (undone, _("Left out, or left open")))
    short = tuple(_short(view, late))
    lists = [Lines(tuple(_line(step, view) for step in some), title) for some, title in titled if some]
    if done:
        lists.append(Lines(tuple(_done(done, view)), _("Done")))
    return (Facts(short), *lists) if short else tuple(lists)


def _done(done: tuple[Step, ...], view: View) -> Iterable[str]:
    """What is done; where that is much, how much in which system, for the report has each of it."""
    if len(done) <= _MOST:
        return (_line(step, view) for step in done)
    systems = Counter(view.system(step.system) for step in done)
    return (_("✓ {system}: {items}", system=name, items=items(n)) for name, n in systems.items())


def _short(view: View, late: tuple[Step, ...]) -> Iterable[tuple[str, str]]:
    names = waits_for(view)
    if names:
        yield _("Waits for"), listed(_("{name} ({n})", name=name, n=n) for name, n in names.items())
    stuck = [step for step in view.steps if step.state in _STUCK]
    if stuck:
        yield _("Stuck"), listed(dict.fromkeys(view.system(step.system) for step in stuck))
    due = [step.deadline for step in late if step.deadline]
    if due:
        yield _("Late"), _("{n}, since {at}", n=len(late), at=day_and_time(min(due), view.policy.zone))
    elif any(not step.ended for step in view.steps):
        yield _("Late"), _("nothing")


def _late(step: Step, view: View) -> bool:
    """What waits by agreement has a time of its own."""
    past = step.deadline is not None and step.deadline <= view.now
    return past and not step.ended and not kept.is_held(step)


def _name(step: Step, view: View) -> str:
    return f"{view.system(step.system)}: {what(step, view)}"


def _line(step: Step, view: View) -> str:
    sign = mark(step)
    before = "" if sign == "·" else f"{sign} "  # a list has dots of its own
    return _("{what} — {state}", what=f"{before}{_name(step, view)}", state=state_words(step, view))
