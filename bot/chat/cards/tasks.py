"""The one message of all that a person is asked to do for a request, each thing with its own buttons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.chat.cards.steps import state_words, what
from bot.chat.cards.thread import title
from bot.chat.cards.words import _, counted, day_and_time, sentence
from bot.chat.port import Buttons, Card, Heading, Lines, Menu, Piece, Rule, Small, Text
from bot.domain.lifecycle import StepState
from bot.domain.model import PersonId
from bot.domain.request import Step, StepKind
from bot.domain.successors import ACCEPT, QUESTIONS
from bot.engine.view import View

_MOST = 7  # things of one message: more than a platform shows, or anybody reads; the others follow
_NAMING = frozenset({"step.successor", "step.given"})
_ASKED = frozenset({"step.accepted", "step.declined", "step.silent", "step.cannot", "step.refused"})
_DECIDED = frozenset({"step.ended", "step.renewing", "step.renewed", "step.attested"})


def asked_of(view: View, person: PersonId) -> tuple[list[Step], list[Step]]:
    """What waits for this person or for the answer of whom they named; and all else that they had to do with."""
    named: dict[str, str] = {}  # the last who named somebody, by step
    touched: set[str] = set()
    for entry in view.journal:
        if entry.kind in _NAMING | _ASKED | _DECIDED and person in entry.facts.values():
            touched.add(str(entry.facts["step"]))
        if entry.kind in _NAMING:
            named[str(entry.facts["step"])] = str(entry.facts["by"])
    open_ones = [step for step in view.steps if _waits(step, person, named.get(step.id, ""))]
    mine = [step for step in view.steps if step.id in touched or _did(step, person)]
    return open_ones, [step for step in mine if step not in open_ones]


def _waits(step: Step, person: PersonId, named_by: str) -> bool:
    if step.kind is StepKind.TASK and step.state is StepState.READY:
        return step.assignee == person
    asked = step.state is StepState.HELD and step.held in QUESTIONS
    return asked and (step.assignee == person or (step.held == ACCEPT and named_by == person))


def _did(step: Step, person: PersonId) -> bool:
    return step.kind is StepKind.TASK and step.assignee == person and step.state is not StepState.WAITING


def card(view: View, asked: Sequence[Card], over: Sequence[Step]) -> Card:
    """All of it: what is open with its buttons, what is over in a line each."""
    done = [Lines(tuple(_line(view, step) for step in over))] if over else []
    if not asked:
        text = _("{title}: nothing waits for you any more. Thank you.", title=title(view))
        return Card(text, (Text(text), *done))
    if len(asked) == 1:
        return Card(asked[0].text, (*asked[0].pieces, *done))
    text = _("{title}: {n} things wait for you.", title=title(view), n=len(asked))
    pieces: list[Piece] = [Heading(text)]
    for one in asked[:_MOST]:
        pieces += [Rule(), *_section(one.pieces)]
    if len(asked) > _MOST:
        rest = len(asked) - _MOST
        more = ("1 more follows here when these are done.", "{n} more follow here when these are done.")
        pieces.append(Small(counted(rest, *more)))
    return Card(text, (*pieces, *done))


def _section(pieces: Sequence[Piece]) -> Iterable[Piece]:
    """The same below a heading for all: its own becomes the beginning of its first paragraph."""
    head, *rest = pieces
    lead = head.text if isinstance(head, Heading) else ""
    if rest and isinstance(rest[0], Text) and not rest[0].lead:
        yield Text(rest[0].text, lead=sentence(lead))
        yield from rest[1:]
    else:
        yield Text(lead)
        yield from rest


def _line(view: View, step: Step) -> str:
    system, did = view.system(step.system), what(step, view)
    return _("{system}: {what} — {state}", system=system, what=did, state=state_words(step, view))


def reminder(view: View, about: Sequence[tuple[Step, Card]]) -> Card:
    """A word before the deadline, or after it, with the buttons of what it reminds of."""
    text, pieces = "", list[Piece]()
    for step, drawn in about:
        words = _reminding(view, step)
        acts = [piece for piece in drawn.pieces if isinstance(piece, Buttons | Menu)]
        pieces += [Text(words), *(acts if not step.ended else [Text(state_words(step, view))])]
        text = text or words
    if len(about) > 1:
        text = _("A reminder: {n} things of {id} wait for you.", n=len(about), id=view.request.id)
    return Card(text, tuple(pieces))


def _reminding(view: View, step: Step) -> str:
    at = day_and_time(step.deadline or view.now, view.policy.zone)
    late = step.deadline is not None and step.deadline <= view.now
    words = _("This is late: it was due {at}.", at=at) if late else _("A reminder: this is due {at}.", at=at)
    for_whom = _("{id}, {name}", id=view.request.id, name=view.subject.name)
    return _("{words} {what} ({whom})", words=words, what=what(step, view), whom=for_whom)
