"""What is odd about a rule table: names that nothing has, rules that can never fit, rules that come too late."""

from __future__ import annotations

from collections.abc import Iterator

from bot.domain.item import ACCOUNT, SESSIONS, TASK
from bot.domain.policy import Policy
from bot.domain.rule import Effect, Rule, Since, Span, When, alike
from bot.runbooks.reading import Path

Odd = Iterator[tuple[Path, str]]

_NEVER_WAIT = frozenset({ACCOUNT, SESSIONS, TASK})


def unknown(policy: Policy) -> Odd:
    """Systems, tags and teams that rules name and that this policy does not have: mistakes."""
    for tag in policy.tags:
        for mark in tag.marks:
            if mark.system not in policy.systems:
                yield ("tags", tag.key, "marks"), f"there is no system {mark.system} in this policy (tag {tag.key})"
    tags = {tag.key for tag in policy.tags}
    for number, rule in enumerate(policy.rules):
        here: Path = ("rules", number)
        for system in rule.when.systems:
            if system not in policy.systems:
                yield (*here, "when", "systems"), f"there is no system {system} in this policy (rule {rule.name})"
        for name in rule.when.tags:
            if name not in tags:
                yield (*here, "when", "tags"), f"there is no tag {name} in this policy (rule {rule.name})"
        if rule.team and rule.team not in policy.checkpoints:
            yield (*here, "team"), f"there is no team {rule.team} in checkpoints (rule {rule.name})"


def useless(policy: Policy) -> Odd:
    """Rules that can never fit, and rules before which another one always fits: warnings."""
    for number, rule in enumerate(policy.rules):
        why = never(policy, rule)
        if why:
            yield ("rules", number), f"the rule {rule.name} can never fit: {why}"
            continue
        for earlier in policy.rules[:number]:
            if not never(policy, earlier) and covers(earlier.effective, rule.effective):
                yield ("rules", number), f"the rule {rule.name} is never reached: {earlier.name} always fits before it"
                break


def never(policy: Policy, rule: Rule) -> str:
    """Why a rule can never fit or do anything; empty where it can."""
    when = rule.effective
    carried = [tag for tag in policy.tags if not when.tags or tag.key in when.tags]
    if when.sensitive and not any(tag.sensitive for tag in carried):
        return "no tag of its kind is sensitive" if when.tags else "no tag is sensitive"
    if when.sensitive is False and when.tags and carried and all(tag.sensitive for tag in carried):
        return "all of its tags are sensitive"
    if (when.tags or when.sensitive) and when.systems:
        wanted = [tag for tag in carried if tag.sensitive or not when.sensitive]
        if wanted and not any(mark.system in when.systems for tag in wanted for mark in tag.marks):
            return "its tags are on other systems"
    plain = set(when.kinds)
    if plain and plain <= {TASK} and when.last_used and not any(one.span is Span.UNKNOWN for one in when.last_used):
        return "nobody can say when a task was last used"
    if plain and plain <= _NEVER_WAIT and rule.then is not Effect.AUTO:
        return "what ends at once, and what a person does, never waits"
    return ""


def covers(first: When, later: When) -> bool:
    """Whether everything that fits the later conditions fits the first ones too. Says no where it is not certain."""
    return all(
        (
            _among(first.systems, later.systems),
            _patterns(first.kinds, later.kinds),
            _among(first.tags, later.tags),
            first.sensitive in {None, later.sensitive},
            first.privileged in {None, later.privileged},
            _cases(first.last_used, later.last_used),
            _cases(first.account_used, later.account_used),
            first.open_pull_requests in {None, later.open_pull_requests},
            first.running_pipelines in {None, later.running_pipelines},
            _among(first.contracts, later.contracts),
            first.voluntary in {None, later.voluntary},
            _patterns(first.titles, later.titles),
            _patterns(first.departments, later.departments),
            _among(first.days, later.days),
            first.hours is None or (later.hours is not None and later.hours.within(first.hours)),
        )
    )


def _among(first: tuple[str, ...], later: tuple[str, ...]) -> bool:
    return not first or (bool(later) and set(later) <= set(first))


def _patterns(first: tuple[str, ...], later: tuple[str, ...]) -> bool:
    return not first or (bool(later) and all(any(alike(one, other) for other in first) for one in later))


def _cases(first: tuple[Since, ...], later: tuple[Since, ...]) -> bool:
    return not first or (bool(later) and all(any(one.within(other) for other in first) for one in later))
