"""Whether the rules fit the company: the people they name, the connectors they need, the approvals they ask for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from importlib.util import find_spec

from bot.domain.model import Person, PersonId, Power, Trigger
from bot.domain.policy import ApprovalRule, Crew, Policy, Runbook, System
from bot.runbooks import rule_checks, seats
from bot.runbooks.mistakes import Mistake
from bot.runbooks.reading import Path, Sheet, read

POLICY = "policy.yaml"

_NOT_SYSTEMS = frozenset({"interface", "wire"})  # what connectors share


def check(
    policy: Policy,
    runbooks: Mapping[Trigger, Runbook],
    people: Iterable[Person],
    *,
    today: date,
    texts: Mapping[str, str] | None = None,
) -> tuple[Mistake, ...]:
    """What in these rules does not fit these people today, or nothing; with the `texts` they came from, line by line.

    A mistake that is a warning leaves the rules usable.
    """
    crew = Crew({person.id: person for person in people}, {})
    sheets: dict[str, Sheet] = {}

    def placed(file: str, path: Path, words: str, *, warning: bool = False) -> Mistake:
        if texts is not None and file in texts and file not in sheets:
            sheets[file] = read(texts[file], file)
        return Mistake(file, sheets[file].line(path) if file in sheets else 0, words, warning)

    wrong = [placed(POLICY, path, words) for path, words in _policy(policy, crew, today)]
    wrong += [placed(POLICY, path, words) for path, words in seats.unknown_systems(policy)]
    wrong += [placed(POLICY, path, words) for path, words in seats.deleted_somewhere(policy)]
    wrong += [placed(POLICY, path, words, warning=True) for path, words in _risky(policy)]
    wrong += [placed(POLICY, path, words, warning=True) for path, words in seats.leaving_soon(policy, crew, today)]
    for trigger, runbook in runbooks.items():
        file = file_of(trigger)
        wrong += [placed(file, path, words) for path, words in _runbook(runbook, policy, crew, today)]
        wrong += [placed(file, path, words) for path, words in seats.mailbox_somewhere(runbook, policy)]
        soon = seats.keeper_leaves_soon(runbook, crew, today)
        wrong += [placed(file, path, words, warning=True) for path, words in soon]
        if runbook.review_by < today:
            words = f"this runbook should have been reviewed by {runbook.review_by}"
            wrong.append(placed(file, ("review_by",), words, warning=True))
    return tuple(sorted(wrong, key=lambda one: (one.file, one.line)))


def file_of(trigger: Trigger) -> str:
    """Where the runbook of a trigger is written."""
    return f"runbooks/{trigger.value}.yaml"


Wrong = Iterator[tuple[Path, str]]


def _policy(policy: Policy, crew: Crew, today: date) -> Wrong:
    for key, system in policy.systems.items():
        here: Path = ("systems", key)
        yield from _works(system.owner, f"owner of {system.name}", (*here, "owner"), crew, today)
        if system.deputy:
            yield from _works(system.deputy, f"deputy of {system.name}", (*here, "deputy"), crew, today)
        if system.connector and not _exists(system.connector):
            yield (*here, "connector"), f"there is no connector {system.connector} (for {system.name})"
    yield from _offers(policy, crew, today)
    if policy.signals.ask:
        yield from _works(policy.signals.ask, "asked about signals", ("signals", "ask"), crew, today)
    for name, team in policy.checkpoints.items():
        for person in sorted(team.people):
            yield from _works(person, f"to release what waits for {team.words}", ("checkpoints", name), crew, today)
    for tag in policy.tags:
        if tag.owner:
            yield from _works(tag.owner, f"owner of what is marked {tag.key}", ("tags", tag.key, "owner"), crew, today)
    yield from _contacts(policy, crew, today)
    yield from rule_checks.unknown(policy)
    for trigger, rule in policy.approvals.items():
        most = _most(rule, policy.systems.values(), _working(crew, today))
        if most < rule.quorum:
            words = f"{rule.quorum} must agree to a {trigger.value} request, and at most {most} can ever be asked"
            yield ("approvals", trigger.value, "quorum"), words


def _contacts(policy: Policy, crew: Crew, today: date) -> Wrong:
    """Whom to turn to is a role, or somebody who works here."""
    for field in ("contact", "after_hours"):
        name = str(getattr(policy.engineering, field))
        if name not in set(Power):
            yield from _works(PersonId(name), "engineering contact", ("engineering", field), crew, today)
    for word, several in (("protected", policy.protected), ("operators", policy.operators)):
        for person in sorted(several):
            yield from _works(person, word, (word,), crew, today)
    for person in sorted(policy.tell.payroll):
        yield from _works(person, "in payroll", ("tell", "payroll"), crew, today)
    for person in sorted(policy.legal_hold.people - set(crew.people)):  # who left may well be under a legal hold
        yield ("legal_hold", "people"), f"there is no person {person} in the roster (legal hold)"


def _offers(policy: Policy, crew: Crew, today: date) -> Wrong:
    for key, offer in policy.access.offers.items():
        here: Path = ("access", "offers", key)
        system = policy.systems.get(offer.system)
        if system is None:
            yield (*here, "system"), f"there is no system {offer.system} in this policy ({offer.words})"
            continue
        if not system.connector:
            words = f"nothing ends by itself in {system.name}, which has no connector ({offer.words})"
            yield (*here, "system"), words
        most = _most(offer.approval, [system], _working(crew, today))
        if most < offer.approval.quorum:
            words = f"{offer.approval.quorum} must agree to {offer.words}, and at most {most} can ever be asked"
            yield (*here, "approval"), words


def _working(crew: Crew, today: date) -> list[PersonId]:
    return [person for person in crew.people if crew.working(person, today)]


def _risky(policy: Policy) -> Wrong:
    yield from rule_checks.useless(policy)
    for trigger, rule in policy.approvals.items():
        if not _stands_in(rule):
            words = f"nobody stands in when manager and owners are away or concerned; give {trigger.value} a fallback"
            yield ("approvals", trigger.value), words
    for key, offer in policy.access.offers.items():
        if not _stands_in(offer.approval):
            words = f"nobody stands in when manager and owners are away or concerned; give {key} a fallback"
            yield ("access", "offers", key), words


def _stands_in(rule: ApprovalRule) -> bool:
    """Whether anybody is asked beyond the manager and the owners, who may be concerned themselves."""
    return not {*rule.ask, *rule.fallback} <= {"manager", "owners"}


def _runbook(runbook: Runbook, policy: Policy, crew: Crew, today: date) -> Wrong:
    yield from _works(runbook.owner, "owner of this runbook", ("owner",), crew, today)
    named = (policy.approval(runbook.trigger), "who approves"), (policy.askers(runbook.trigger), "who may ask for")
    for rule, lacking in named:
        if not rule:
            yield ("trigger",), f"policy.yaml does not say {lacking} a {runbook.trigger.value} request"


def _works(person: PersonId, role: str, path: Path, crew: Crew, today: date) -> Wrong:
    known = crew.people.get(person)
    if known is None:
        yield path, f"there is no person {person} in the roster ({role})"
    elif not crew.working(person, today):
        yield path, f"{known.name} ({person}) left on {known.ends} ({role})"


def _most(rule: ApprovalRule, systems: Iterable[System], working: Collection[PersonId]) -> int:
    """The most people who could ever be asked; a power may be held by anybody but requester and subject."""
    names = {*rule.ask, *rule.fallback}
    most = max(len(working) - 2, 0)
    if names - {"manager", "owners"}:
        return most
    owners = {system.owner for system in systems}
    return min(most, ("manager" in names) + (len(owners & {*working}) if "owners" in names else 0))


@cache
def _exists(connector: str) -> bool:
    """Looked for, not imported: its libraries load when it is used."""
    return connector not in _NOT_SYSTEMS and find_spec(f"connectors.{connector}") is not None
