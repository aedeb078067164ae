"""Every step of a request as the report tells it: what, before and after, when, and what proves it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from bot.chat.cards.steps import facts, mark, state_words, what
from bot.chat.cards.words import _
from bot.chat.report.moments import PROVEN, span
from bot.domain.lifecycle import StepState
from bot.domain.model import (
    Assign,
    Delete,
    Disable,
    Enable,
    EndSessions,
    HandOver,
    PersonId,
    Provision,
    Resume,
    Revoke,
    Suspend,
    SystemKey,
    Task,
)
from bot.domain.request import Evidence, Step
from bot.domain.successors import KEPT
from bot.domain.verify import Verdict
from bot.engine.view import View

_IDS = "Request numbers at the system:"


@dataclass(frozen=True, slots=True)
class Proof:
    """One piece of evidence: what it says, when, and where one can look it up."""

    words: str
    at: datetime
    text: str = ""
    references: tuple[str, ...] = ()
    about_references: str = ""
    good: bool = True


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step, ready to be printed."""

    number: int
    what: str
    facts: tuple[str, ...]
    guide: tuple[str, ...]
    mark: str
    state: str
    tone: str
    before: str
    after: str
    reached: bool
    tried: datetime | None
    accepted: datetime | None
    ended: datetime | None
    end_word: str
    proofs: tuple[Proof, ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SystemLines:
    """One system with its steps."""

    key: SystemKey
    name: str
    about: str
    owner: str
    control: str
    read_at: datetime | None
    steps: tuple[StepLine, ...]

    @property
    def first(self) -> datetime | None:
        """When the first of its steps was tried."""
        return min((step.tried for step in self.steps if step.tried), default=None)

    @property
    def accepted(self) -> datetime | None:
        """When the system accepted the last of them."""
        return max((step.accepted for step in self.steps if step.accepted), default=None)

    @property
    def ended(self) -> datetime | None:
        """When the last of them was seen or attested; None while one is open."""
        ends = [step.ended for step in self.steps]
        return max((end for end in ends if end), default=None) if all(ends) else None


def by_system(view: View) -> tuple[SystemLines, ...]:
    """Every system of the request, also one in which nothing was found, in the order of the plan."""
    keys = dict.fromkeys([*(step.system for step in view.steps), *(step.system for step in view.newest_reads)])
    return tuple(_system(view, key) for key in keys)


def _system(view: View, key: SystemKey) -> SystemLines:
    known = view.policy.systems.get(key)
    seen = view.readings.get(key)
    return SystemLines(
        key=key,
        name=view.system(key),
        about=_(known.about) if known and known.about else "",
        owner=view.name(known.owner) if known else "",
        control=_(seen.control) if seen else "",
        read_at=seen.at if seen else None,
        steps=tuple(_line(view, step) for step in view.steps if step.system == key),
    )


def _line(view: View, step: Step) -> StepLine:
    before, after = change(step)
    return StepLine(
        number=step.number,
        what=what(step, view),
        facts=_facts(view, step),
        guide=_guide(step),
        mark=mark(step),
        state=state_words(step, view),
        tone=tone(step),
        before=before,
        after=after,
        reached=step.state in PROVEN,
        tried=step.first_tried_at,
        accepted=step.applied_at,
        ended=step.ended_at,
        end_word=_end_word(step),
        proofs=_proofs(view, step),
        remarks=_remarks(view, step),
    )


def _end_word(step: Step) -> str:
    match step.state:
        case StepState.CONFIRMED:
            return _("seen")
        case StepState.ATTESTED:
            return _("attested")
        case _:
            return _("ended")


def tone(step: Step) -> str:
    """How a state is coloured; its words say the same."""
    match step.state:
        case StepState.CONFIRMED | StepState.LAPSED:
            return "good"
        case StepState.ATTESTED:
            return "hand"
        case StepState.PARKED | StepState.FAILED:
            return "bad"
        case StepState.WAIVED | StepState.DROPPED:
            return "left"
        case _:
            return "open"


def change(step: Step) -> tuple[str, str]:
    """What was, and what shall be instead; two empty texts for a person's task."""
    match step.action:
        case Suspend():
            return _("could sign in"), _("locked")
        case Resume():
            return _("locked"), _("can sign in")
        case Disable() if step.held == KEPT:
            return _("worked, and had nobody left"), _("works, and somebody looks after it")
        case Disable(credential):
            return _("worked"), _("switched off") if credential.restorable else _("gone for good")
        case Enable():
            return _("switched off"), _("works")
        case EndSessions():
            return _("sessions open"), _("no session open")
        case Revoke(grant):
            path = "" if grant.path == "direct" else _(" ({path})", path=grant.path)
            return _("held it{path}", path=path), _("does not hold it")
        case Assign():
            return _("did not hold it"), _("holds it")
        case HandOver(asset, to):
            new = to.label if to else _("a successor")
            return _("only {name} administered it", name=asset.account.label), _("{new} administers it", new=new)
        case Provision():
            return _("no account"), _("has an account")
        case Delete():
            return _("had an account"), _("account deleted")
        case Task() | None:
            return "", ""


def _facts(view: View, step: Step) -> tuple[str, ...]:
    """What was known when it was asked for, so that "an hour ago" stays true in a year."""
    if isinstance(step.action, EndSessions):
        return ()  # the newest reading was taken after they ended
    then = replace(view, now=view.request.created_at)
    powerful = (_("powerful"),) if step.privileged else ()
    return (*powerful, *facts(step, then))


def _guide(step: Step) -> tuple[str, ...]:
    """What a person was told to do, and which evidence was wanted."""
    if not isinstance(step.action, Task):
        return ()
    wanted = _("Evidence wanted: {what}", what=_(step.action.evidence)) if step.action.evidence else ""
    return tuple(filter(None, (_(step.action.how), wanted)))


def _proofs(view: View, step: Step) -> tuple[Proof, ...]:
    accepted = [
        Proof(
            _("The system answered"),
            one.at,
            one.private.get("said", ""),
            tuple(one.facts.get("references", ())),
            _(_IDS),
        )
        for one in view.journal
        if one.kind == "step.applied" and one.facts.get("step") == step.id
    ]
    kept = [_proof(view, one) for one in view.evidence if one.step == step.id]
    return tuple(sorted([*accepted, *kept], key=lambda proof: proof.at))


def _proof(view: View, one: Evidence) -> Proof:
    match one.verdict:
        case None:
            words = _("{name} attests", name=view.name(one.source))
            return Proof(words, one.at, one.text, one.references, _("Files:"))
        case Verdict.CONFIRMED:
            words = _("Fresh look, proven by reading {control}", control=_(one.source))
            return Proof(words, one.at, "", one.references, _(_IDS))
        case _:
            words = _("Fresh look, proven by reading {control}: it was still there", control=_(one.source))
            return Proof(words, one.at, "", one.references, _(_IDS), good=False)


def _remarks(view: View, step: Step) -> tuple[str, ...]:
    said: list[str] = []
    mine = [entry for entry in view.journal if entry.facts.get("step") == step.id]
    kinds = [entry.kind for entry in mine]
    if step.joined_late:
        said.append(_("Appeared after the plan was made and joined it."))
    if any(entry.kind == "step.confirmed" and entry.facts.get("already") for entry in mine):
        said.append(_("It was so already when the work began."))
    if "step.retried" in kinds:
        why = next(str(entry.facts.get("said", "")) for entry in reversed(mine) if entry.kind == "step.retried")
        said.append(_("Tried {n} times. {why}", n=max(step.tries, 2), why=why).strip())
    if "step.contradicted" in kinds:
        said.append(_("The system said yes, but a fresh look still showed it; it was tried again."))
    if "step.parked" in kinds and step.state is not StepState.PARKED:
        said.append(_("Was stuck until a person helped."))
    if step.ended_by and step.state in {StepState.DROPPED, StepState.WAIVED}:
        said.append(_("Decided by {name}.", name=view.name(step.ended_by)))
    if "step.put_off" in kinds:
        said.append(_("Was put off for a while by a person."))
    if "step.escalated" in kinds:
        said.append(_("Others were told that it was not done yet."))
    said += _deadline(view, step)
    return tuple(said)


def _deadline(view: View, step: Step) -> list[str]:
    if step.deadline is None or step.assignee is None:
        return []
    name = view.name(PersonId(step.assignee))
    ended = step.ended_at or view.now
    if ended <= step.deadline:
        return [_("Asked of {name}, in time.", name=name)] if step.ended else [_("Asked of {name}.", name=name)]
    return [_("Asked of {name}, {n} past the deadline.", name=name, n=span(ended - step.deadline))]
