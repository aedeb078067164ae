"""The rule table decides about one item of a plan: the first rule that fits wins, and what ends at once never waits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from bot.domain.hold import CHECKPOINT, USE
from bot.domain.item import Item, item_of, tags_of
from bot.domain.model import Action, Disable, HandOver, Person, PersonId, PlannedStep, Power, SystemKey, Task, Wave
from bot.domain.planning import Ruled
from bot.domain.policy import Crew, Policy, keeper
from bot.domain.reading import Reading
from bot.domain.rule import Days, Effect, Rule, Since, Span, Use, alike, used

WAITING = frozenset({Wave.MEMBERSHIPS, Wave.HAND_OVER})  # all that a rule may hold


@dataclass(frozen=True, slots=True)
class Leaver:
    """What a rule may know of who leaves, of how, and of the moment at which the access ends."""

    person: Person
    voluntary: bool
    ends: datetime


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the table decided about one item: which rule, why in words, and who is asked where it waits."""

    rule: Rule
    why: str
    held: str = ""
    assignee: PersonId | None = None


def ruled(policy: Policy, crew: Crew, leaver: Leaver, now: datetime) -> Ruled:
    """What puts the ruling of the table on each line of a plan."""

    def one(line: PlannedStep, action: Action, reading: Reading | None) -> PlannedStep:
        found = ruling(policy, crew, leaver, item_of(line, action, reading), now)
        if found is None:
            return line
        told = replace(line, rule=found.rule.name, why=found.why)
        if not found.held or line.held or not may_wait(line.wave, line.action):
            return told
        return replace(told, held=found.held, assignee=found.assignee)

    return one


def ruling(policy: Policy, crew: Crew, leaver: Leaver, item: Item, now: datetime) -> Ruling | None:
    """The first rule whose conditions all hold, and what it means for this item; None where none fits."""
    for rule in policy.rules:
        if fits(policy, rule, leaver, item, now):
            why = why_of(policy, rule, leaver, item, now)
            if not rule.holds or item.wave not in WAITING:
                return Ruling(rule, why)
            held = CHECKPOINT if rule.then is Effect.CHECKPOINT else USE
            return Ruling(rule, why, held, _asked(policy, crew, rule, leaver, item, now.date()))
    return None


def may_wait(wave: Wave, action: Action | None) -> bool:
    """Whether a rule may hold such an item: nothing that ends at once, and nothing that asks somebody already.

    That is whoever takes a thing over, decides about a program's key, or does the work by hand.
    """
    return wave in WAITING and not isinstance(action, Task | HandOver | Disable)


def automatic(policy: Policy, plan: tuple[PlannedStep, ...]) -> bool:
    """Whether rules approve a plan by themselves: every item is covered by one that says so, and none is forgotten."""
    auto = {rule.name for rule in policy.rules if rule.then is Effect.AUTO}
    return bool(plan) and all(line.rule in auto for line in plan)


def is_sensitive(policy: Policy, line: PlannedStep, reading: Reading | None) -> bool:
    """Whether an item carries a tag that the company calls sensitive."""
    return any(tag.sensitive for tag in tags_of(policy.tags, item_of(line, line.action, reading)))


def fits(policy: Policy, rule: Rule, leaver: Leaver, item: Item, now: datetime) -> bool:
    """Whether every condition of a rule holds."""
    return all(holds for _name, holds in _conditions(policy, rule, leaver, item, now))


def misses(policy: Policy, leaver: Leaver, item: Item, now: datetime) -> tuple[tuple[str, str], ...]:
    """Each rule before the one that decides, with its first condition that does not hold."""
    found = []
    for rule in policy.rules:
        missed = next((name for name, holds in _conditions(policy, rule, leaver, item, now) if not holds), "")
        if not missed:
            break
        found.append((rule.name, missed))
    return tuple(found)


def _conditions(policy: Policy, rule: Rule, leaver: Leaver, item: Item, now: datetime) -> tuple[tuple[str, bool], ...]:
    """By the name of its field whether each condition holds."""
    when, tags = rule.effective, tags_of(policy.tags, item)
    person, ends = leaver.person, leaver.ends.astimezone(ZoneInfo(policy.zone))
    return (
        ("systems", not when.systems or item.system in when.systems),
        ("kinds", not when.kinds or any(alike(item.kind, kind) for kind in when.kinds)),
        ("tags", not when.tags or any(tag.key in when.tags for tag in tags)),
        ("sensitive", when.sensitive is None or when.sensitive == any(tag.sensitive for tag in tags)),
        ("privileged", when.privileged is None or when.privileged == item.privileged),
        ("last_used", not when.last_used or any(used(item.uses, since, now) for since in when.last_used)),
        ("account_used", not when.account_used or any(used(item.account_uses, one, now) for one in when.account_used)),
        ("open_pull_requests", when.open_pull_requests in {None, item.pulls}),
        ("running_pipelines", when.running_pipelines in {None, item.running}),
        ("contracts", not when.contracts or person.contract in when.contracts),
        ("voluntary", when.voluntary is None or when.voluntary == leaver.voluntary),
        ("titles", not when.titles or any(alike(person.title, one) for one in when.titles)),
        ("departments", not when.departments or any(alike(person.department, one) for one in when.departments)),
        ("days", not when.days or list(Days)[ends.weekday()] in when.days),
        ("hours", when.hours is None or when.hours.holds(ends.time())),
    )


def _asked(policy: Policy, crew: Crew, rule: Rule, leaver: Leaver, item: Item, today: date) -> PersonId:
    """Who answers: the first of the team; security, where it is powerful or sensitive; else whoever owns the thing.

    Never who leaves, nor who has left.
    """
    tags = tags_of(policy.tags, item)
    first: list[PersonId] = []
    if rule.then is Effect.CHECKPOINT:
        team = policy.checkpoints.get(rule.team)
        first = sorted(team.people | (crew.holding(team.power) if team.power else frozenset())) if team else []
    elif rule.then is Effect.SECURITY or item.privileged or any(tag.sensitive for tag in tags):
        first = sorted(crew.holding(Power.SECURITY))
    else:
        first = [tag.owner for tag in tags if tag.owner]
    able = (one for one in first if one != leaver.person.id and crew.working(one, today))
    return next(able, None) or keeper(policy, crew, item.system, besides=leaver.person.id, today=today)


# ---- why, in words ----

MOMENT = "%Y-%m-%d %H:%M UTC"  # cards say instead how long ago that was


def why_of(policy: Policy, rule: Rule, leaver: Leaver, item: Item, now: datetime) -> str:
    """What made the rule fit, the use of the thing first. How somebody leaves is never among it."""
    when, said = rule.when, []
    if when.last_used:
        said.append(_use_words(item.uses, when.last_used, item.label, now))
    if when.account_used:
        said.append(_use_words(item.account_uses, when.account_used, item.label, now))
    if when.open_pull_requests:
        said.append("open pull requests there concern the person")
    if when.running_pipelines:
        said.append("a pipeline is running there")
    marks = [tag for tag in tags_of(policy.tags, item) if tag.key in when.tags or (when.sensitive and tag.sensitive)]
    if marks:
        said.append(f"{item.label} is marked {', '.join(tag.key for tag in marks)}")
    if when.privileged:
        said.append(f"{item.label} is powerful")
    if when.kinds and not said:
        said.append(f"it is {_an(item.kind)}")
    if when.contracts:
        said.append(f"the contract is that of {_an(leaver.person.contract)}")
    if when.titles:
        said.append(f"the person is {leaver.person.title}")
    if when.departments:
        said.append(f"the person works in {leaver.person.department}")
    if when.days or when.hours:
        ends = leaver.ends.astimezone(ZoneInfo(policy.zone))
        said.append(f"it would end on a {ends:%A at %H:%M}")
    if when.systems and not said:
        said.append(f"it is in {_named(policy, item.system)}")
    return "; ".join(said) or "the rule is for everything"


def _use_words(uses: tuple[Use, ...], cases: tuple[Since, ...], label: str, now: datetime) -> str:
    """The fact that made one of the cases hold: of several things the one that was used last."""
    case = next(one for one in cases if used(uses, one, now))
    if case.span is Span.NEVER:
        return f"{label} was never used"
    if case.span is Span.UNKNOWN:
        return f"nobody can say when {label} was last used"
    at, number = max((use.at, number) for number, use in enumerate(uses) if use.at is not None)
    verb = "had a change" if uses[number].changed else "was used"
    return f"{uses[number].label} {verb} {at.astimezone(UTC).strftime(MOMENT)}"


def _an(word: str) -> str:
    return f"{'an' if word[:1] in 'aeiou' else 'a'} {word}"


def _named(policy: Policy, key: SystemKey) -> str:
    return policy.systems[key].name if key in policy.systems else key
