"""The rule table as people read it: one line for each rule, from the first that is tried to the last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.domain.policy import Policy
from bot.domain.rule import Effect, Mark, Rule, When

Row = tuple[str, str, str, str]
HEAD: Row = ("", "Rule", "When", "What happens")

_EFFECTS = {
    Effect.ASK: "asks its owner (security, if powerful or sensitive)",
    Effect.SECURITY: "asks security",
    Effect.AUTO: "approved by itself",
}


def rows(policy: Policy) -> Iterator[Row]:
    """Every rule in the order in which they are tried, and what happens where none fits."""
    for number, rule in enumerate(policy.rules, start=1):
        yield str(number), rule.name, conditions(policy, rule), effect(policy, rule)
    yield "", "no rule fits", "everything else", "nothing more"


def table(policy: Policy) -> str:
    """The table as text, each column as wide as its longest cell, and the tags below it."""
    every = [HEAD, *rows(policy)]
    wide = [max(len(row[column]) for row in every) for column in range(4)]
    lines = ["  ".join(cell.ljust(wide[n]) for n, cell in enumerate(row)).rstrip() for row in every]
    tags = [f"{tag.key}{' (sensitive)' if tag.sensitive else ''}: {_marks(tag.marks)}" for tag in policy.tags]
    return "\n".join([*lines, *(["", "Tags", *tags] if tags else [])])


def effect(policy: Policy, rule: Rule) -> str:
    """What a rule does, with the default where nobody answers."""
    if rule.then is Effect.CHECKPOINT:
        team = policy.checkpoints.get(rule.team)
        if team is None:
            return f"waits for {rule.team}"
        silent = "then goes on" if team.silence.value == "go" else "then waits on and tells others"
        return f"waits {_long(team.answer.total_seconds())} for {team.words}, {silent}"
    if rule.then is Effect.AUTO:
        return _EFFECTS[rule.then]
    return f"{_EFFECTS[rule.then]}; removed after {_long(policy.holds.answer.total_seconds())} of silence"


def conditions(policy: Policy, rule: Rule) -> str:
    """All conditions of a rule in one sentence."""
    return "; ".join(_conditions(policy, rule.effective)) or "always"


def _conditions(policy: Policy, when: When) -> Iterator[str]:
    lists: tuple[tuple[str, Iterable[object]], ...] = (
        ("in", (policy.systems[key].name if key in policy.systems else key for key in when.systems)),
        ("kind", when.kinds),
        ("marked", when.tags),
        ("last used", when.last_used),
        ("account last used", when.account_used),
        ("contract", when.contracts),
        ("title", when.titles),
        ("department", when.departments),
        ("on", (day.value.capitalize() for day in when.days)),
    )
    for word, items in lists:
        found = _or(map(str, items))
        if found:
            yield f"{word} {found}"
    choices = (
        (when.sensitive, "sensitive", "not sensitive"),
        (when.privileged, "powerful", "not powerful"),
        (when.open_pull_requests, "open pull requests", "no open pull requests"),
        (when.running_pipelines, "a pipeline runs", "no pipeline runs"),
        (when.voluntary, "leaves by choice", "leaves not by choice"),
    )
    yield from (yes if chosen else no for chosen, yes, no in choices if chosen is not None)
    if when.hours:
        yield f"at {when.hours}"


def _or(words: Iterable[str]) -> str:
    found = list(words)
    return "".join(found) if len(found) < 2 else f"{', '.join(found[:-1])} or {found[-1]}"


def _marks(marks: tuple[Mark, ...]) -> str:
    return ", ".join(mark.system if mark.name == "*" else f"{mark.system}/{mark.name}" for mark in marks)


def _long(seconds: float) -> str:
    """In the largest unit that leaves nothing over; the company writes whole seconds."""
    units = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))
    unit, count = next((unit, round(seconds / size)) for unit, size in units if seconds % size == 0)
    return f"{count} {unit}{'' if count == 1 else 's'}"
