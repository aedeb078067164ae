"""What somebody has in Usher itself: seats in the files of the company, roles, and what waits for them there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot.domain.model import PersonId, PlannedStep, Power, SystemKey, Task, Wave
from bot.domain.policy import Crew, Policy, Runbook

USHER = SystemKey("Usher")  # no system of a policy can be called so: their keys have small letters
_AUTO = "auto:"
ROLES, DECISIONS, TASKS, ASKED, LENT = (f"{_AUTO}{what}" for what in ("roles", "decisions", "tasks", "asked", "lent"))
_EVIDENCE = "Whom you wrote there, and when Usher took it over"
_LISTS = frozenset({"people", "payroll", "operators"})
OPERATORS = ("operators",)
_HOST = (
    "First end this person's access to the machine itself and to its copies: whoever administers it can stop Usher and "
    "read what it keeps. Then renew the secrets in Usher's settings, which they could read."
)

Place = tuple[str, tuple[str, ...]]  # a file of the company, and the way to a field in it


@dataclass(frozen=True, slots=True)
class Waiting:
    """What in Usher depends on somebody, as ids: decisions, things to do, requests they made, access they agreed to."""

    roles: tuple[Power, ...] = ()
    decisions: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    lent: tuple[str, ...] = ()


def written(person: PersonId, policy: Policy, runbooks: Mapping[str, Runbook]) -> tuple[tuple[Place, str], ...]:
    """Every place in the company's files that names this person, with what they are there."""
    found: list[tuple[Place, str]] = []
    for path, seat, people in _seats(policy):
        if person in people:
            found.append((("policy.yaml", path), seat))
    for name, runbook in runbooks.items():
        if runbook.owner == person:
            found.append(((name, ("owner",)), f"owner of the runbook “{runbook.title}”"))
    return tuple(found)


def _seats(policy: Policy) -> Iterator[tuple[tuple[str, ...], str, Collection[str | None]]]:
    """Where the policy names people, what for, and whom."""
    for key, system in policy.systems.items():
        yield ("systems", str(key), "owner"), f"owner of {system.name}", (system.owner,)
        yield ("systems", str(key), "deputy"), f"deputy of {system.name}", (system.deputy,)
    for tag in policy.tags:
        yield ("tags", tag.key, "owner"), f"owner of what is marked {tag.key}", (tag.owner,)
    for name, team in policy.checkpoints.items():
        yield ("checkpoints", name, "people"), f"member of the team {team.words}", team.people
    called = policy.engineering
    yield ("engineering", "contact"), "contact for systems that do not answer", (called.contact,)
    yield ("engineering", "after_hours"), "person to call in an emergency at night", (called.after_hours,)
    yield ("signals", "ask"), "person who is asked first whether somebody leaves", (policy.signals.ask,)
    yield ("tell", "payroll"), "person in payroll", policy.tell.payroll
    yield OPERATORS, "administrator of the machine on which Usher runs", policy.operators


def seat_task(place: Place, seat: str, line: int, person: PersonId) -> Task:
    """Give a seat to somebody else: the file, the line, and what to write there."""
    file, path = place
    named = f"`{path[-1]}` names {person}" if path[-1] in _LISTS else f"stands `{path[-1]}: {person}`"
    how = (
        f"In {file}, line {line}, {named}. Write the id of somebody who stays in its place"
        f"{', or take it out' if path[-1] in {'deputy', *_LISTS} else ''}, then run `app.py lint`. "
        "Usher takes it over within seconds."
    )
    if path == OPERATORS:
        how = f"{_HOST} {how}"
    elif path[-1] != "payroll":
        how += " Until then the next person in the row is asked."
    return Task(f"Name a new {seat}", how, _EVIDENCE, target=f"seat:{file}:{'/'.join(path)}")


def kept_task(system: str, label: str, native_id: str) -> Task:
    """Something that was made for programs, and that this person had accepted to look after."""
    how = (
        f"Whoever leaves had accepted to look after it. Find out in {system} what uses it; then agree with somebody "
        "who stays that they look after it, put something new in its place, or remove it."
    )
    return Task(
        f"Find somebody who looks after {label}", how, "What you decided, and who agreed", target=f"kept:{native_id}"
    )


def passed_on(waiting: Waiting) -> tuple[Task, ...]:
    """What Usher itself does when the work begins, and shows in the plan; nobody has to do it."""
    every = (
        (ROLES, "End the roles in Usher: {}", tuple(power.value for power in waiting.roles), _ROLES),
        (DECISIONS, "Ask others for what waits for a decision: {}", waiting.decisions, _DECISIONS),
        (TASKS, "Ask others to do what is still to be done in: {}", waiting.tasks, _TASKS),
        (ASKED, "Let requests made before go on without the person who made them: {}", waiting.asked, _ASKED),
        (LENT, "Let access end that was agreed to before, each at its time: {}", waiting.lent, _LENT),
    )
    return tuple(Task(title.format(", ".join(ids)), how, target=key) for key, title, ids, how in every if ids)


def role_back(power: Power) -> Task:
    """A role that a restore gives back by itself."""
    return Task(f"Give back the role in Usher: {power.value}", _BACK, target=f"{_AUTO}role:{power.value}")


_BACK = "It ended with the offboarding, and nobody else got it since."
_ROLES = "They end when the work begins, whatever else waits."
_DECISIONS = "Whoever may decide instead is asked; a yes that was given counts only while its giver may still give it."
_TASKS = "Whoever looks after the system is asked instead."
_ASKED = "Others approved them. HR, security and admins can stop or cancel them."
_LENT = (
    "It was agreed to by somebody who might then. It ends by itself; whoever looks after the system may end it earlier."
)


def is_automatic(task: Task) -> bool:
    """Whether Usher does it by itself when the work begins."""
    return task.target.startswith(_AUTO)


def lines(tasks: Iterable[tuple[SystemKey, Task, PersonId | None]], first: int) -> tuple[PlannedStep, ...]:
    """These as lines of a plan, numbered from `first`."""
    return tuple(
        PlannedStep(first + offset, system, Wave.TASKS, task, assignee=who)
        for offset, (system, task, who) in enumerate(tasks)
    )


def last_admin(crew: Crew, person: PersonId, others: Iterable[PersonId]) -> bool:
    """Whether nobody could give roles in Usher any more without this person; `others` are those who will be there."""
    return crew.may(person, Power.ADMIN) and not any(crew.may(one, Power.ADMIN) for one in others if one != person)
