"""What a company writes about single items is read strictly, shown as a table, and told where it can do nothing."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from bot.domain.model import PersonId
from bot.domain.rule import Days, Effect, Hours, Mark, Rule, Since, Span, Tag, When
from bot.runbooks import check, load, parse_policy, parse_roster
from bot.runbooks.rule_checks import covers
from bot.runbooks.rule_table import table
from tests.runbooks.written import POLICY, TEXTS, TODAY, wrong_in_policy

BASE = POLICY + "checkpoints: {devops: {words: DevOps, people: [P-005]}}\n"
TAGS = 'tags:\n  money: {marks: ["github/pay*", github], sensitive: yes, owner: P-002}\n  plain: {marks: [github]}\n'


def rules(*lines: str) -> str:
    """A policy with tags and these rules, each on a line of its own."""
    return f"{BASE}{TAGS}rules:\n" + "".join(f"  - {line}\n" for line in lines)


def told(*lines: str) -> list[str]:
    """What the check says about a table."""
    texts = {**TEXTS, "policy.yaml": rules(*lines)}
    found, (people, _) = load(texts), parse_roster(texts["roster.csv"])
    return [str(one) for one in check(found.policy, found.runbooks, people, today=TODAY, texts=texts)]


def test_a_rule_is_read_with_all_of_its_conditions() -> None:
    """Every field means what it says (S1-17)."""
    line = (
        "{rule: all, when: {systems: [github], kinds: [team, '*key'], tags: [money], sensitive: yes, privileged: no,"
        " last_used: [within 7 days, over 90 days, never, unknown], account_used: [within 1 day],"
        " open_pull_requests: yes, running_pipelines: no,"
        " contracts: [contractor], voluntary: no, titles: ['*engineer*'], departments: [Sales], days: [monday],"
        " hours: 18:00-08:00}, then: checkpoint, team: devops}"
    ).replace("'", '"')
    policy = parse_policy(rules(line))
    (rule,) = policy.rules
    since = (Since(Span.WITHIN, timedelta(days=7)), Since(Span.OVER, timedelta(days=90)))
    assert rule.when == When(
        systems=(next(iter(policy.systems)),),
        kinds=("team", "*key"),
        tags=("money",),
        sensitive=True,
        privileged=False,
        last_used=(*since, Since(Span.NEVER), Since(Span.UNKNOWN)),
        account_used=(Since(Span.WITHIN, timedelta(days=1)),),
        open_pull_requests=True,
        running_pipelines=False,
        contracts=("contractor",),
        voluntary=False,
        titles=("*engineer*",),
        departments=("Sales",),
        days=(Days.MONDAY,),
        hours=Hours(time(18), time(8)),
    )
    assert (rule.name, rule.then, rule.team) == ("all", Effect.CHECKPOINT, "devops")
    github = rule.when.systems[0]
    assert policy.tags[0] == Tag("money", (Mark(github, "pay*"), Mark(github)), sensitive=True, owner=PersonId("P-002"))
    assert policy.rule("all") == rule
    assert policy.rule("none") is None


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{rule: a, then: keep}", "keep"),
        ("{then: ask}", "the field rule is missing"),
        ("{rule: a, then: ask, wen: {}}", "did you mean when?"),
        ("{rule: a, then: ask, when: {kind: [x]}}", "did you mean kinds?"),
        ("{rule: a, then: ask, when: {kinds: team}}", "must be a list"),
        ("{rule: a, then: ask, when: {kinds: []}}", "the list is empty"),
        ('{rule: a, then: ask, when: {kinds: ["te?m"]}}', "only * stands for other letters"),
        ("{rule: a, then: ask, when: {last_used: [long ago]}}", "must be within 7 days, over 90 days, never"),
        ("{rule: a, then: ask, when: {last_used: [within 9999 days]}}", "must be within 7 days"),
        ("{rule: a, then: ask, when: {hours: 25:00-26:00}}", "must be hours like 18:00-08:00"),
        ("{rule: a, then: ask, when: {hours: 08:00-08:00}}", "no moment lies between"),
        ("{rule: a, then: ask, when: {hours: soon}}", "must be hours like 18:00-08:00"),
        ("{rule: a, then: ask, when: {contracts: [guest]}}", "is none of employee or contractor"),
        ("{rule: a, then: ask, when: {privileged: true}}", "must be yes or no"),
        ("{rule: a, then: checkpoint}", "a checkpoint names its team, and nothing else does"),
        ("{rule: a, then: ask, team: devops}", "a checkpoint names its team, and nothing else does"),
        ("{rule: a, then: auto}", "what is approved by itself needs a condition"),
        (f"{{rule: {'x' * 51}, then: ask}}", "is too long; 50 characters"),
    ],
)
def test_a_mistake_in_a_rule_is_told_in_words(line: str, words: str) -> None:
    """Nothing is guessed: what does not fit is said with its line (S3-13)."""
    (said,) = wrong_in_policy(rules(line))
    assert said.startswith("policy.yaml line 17: rules / 1")
    assert words in said


def test_two_rules_of_one_name_would_explain_nothing() -> None:
    """The name is what people read."""
    assert (
        "more than one rule is called" in wrong_in_policy(rules("{rule: a, then: ask}", "{rule: A, then: security}"))[0]
    )


def test_what_carries_a_tag_is_a_system_or_something_in_one() -> None:
    """Anything else is no mark."""
    said = wrong_in_policy(BASE + 'tags: {money: {marks: ["GitHub?"]}}\n')
    assert "must be a system, or like github/payments-*" in said[0]
    assert "only * stands" in wrong_in_policy(BASE + 'tags: {money: {marks: ["github/a[b]"]}}\n')[0]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{rule: a, when: {systems: [gitlab]}, then: ask}", "there is no system gitlab in this policy (rule a)"),
        ("{rule: a, when: {tags: [mony]}, then: ask}", "there is no tag mony in this policy (rule a)"),
        ("{rule: a, then: checkpoint, team: ops}", "there is no team ops in checkpoints (rule a)"),
        (
            "{rule: a, when: {tags: [plain], sensitive: yes}, then: ask}",
            "(warning) the rule a can never fit: no tag of its kind is sensitive",
        ),
        (
            "{rule: a, when: {tags: [money], sensitive: no}, then: ask}",
            "(warning) the rule a can never fit: all of its tags are sensitive",
        ),
        (
            "{rule: a, when: {kinds: [task], last_used: [never]}, then: auto}",
            "(warning) the rule a can never fit: nobody can say when a task was last used",
        ),
        (
            "{rule: a, when: {kinds: [account, open sessions]}, then: ask}",
            "(warning) the rule a can never fit: what ends at once, and what a person does, never waits",
        ),
    ],
)
def test_lint_tells_what_can_never_fit(line: str, words: str) -> None:
    """Names that nothing has, and conditions that exclude each other."""
    (said,) = told(line)
    assert words in said


def test_lint_tells_a_tag_that_is_on_other_systems_only() -> None:
    """Both conditions can hold, but never together."""
    wiki = "  wiki:\n    name: Wiki\n    owner: P-005\n    connector: scim\n"
    policy = BASE.replace("checkpoints:", f"{wiki}checkpoints:") + "tags: {pages: {marks: [wiki]}}\n"
    policy += "rules:\n  - {rule: a, when: {systems: [github], tags: [pages]}, then: ask}\n"
    policy += "  - {rule: b, when: {systems: [wiki, github], tags: [pages]}, then: ask}\n"
    policy += "  - {rule: c, when: {sensitive: yes}, then: ask}\n"
    texts = {**TEXTS, "policy.yaml": policy}
    found, (people, _) = load(texts), parse_roster(texts["roster.csv"])
    said = [one.words for one in check(found.policy, found.runbooks, people, today=TODAY, texts=texts)]
    assert said == [
        "the rule a can never fit: its tags are on other systems",
        "the rule c can never fit: no tag is sensitive",
    ]


def test_lint_tells_a_tag_of_another_system_and_of_somebody_who_left() -> None:
    """Tags are read as strictly as rules."""
    tags = "tags: {one: {marks: [gitlab]}, two: {marks: [github], owner: P-009}}\n"
    texts = {**TEXTS, "policy.yaml": BASE + tags}
    found, (people, _) = load(texts), parse_roster(texts["roster.csv"])
    said = [one.words for one in check(found.policy, found.runbooks, people, today=TODAY, texts=texts)]
    assert "there is no system gitlab in this policy (tag one)" in said
    assert "Yuki Tanaka (P-009) left on 2026-10-31 (owner of what is marked two)" in said


def test_a_rule_that_is_never_reached_is_told_with_the_one_before_it() -> None:
    """The first rule that fits wins, so the second one waits for ever."""
    wide = "{rule: wide, when: {last_used: [within 30 days]}, then: ask}"
    narrow = "{rule: narrow, when: {kinds: [team], last_used: [within 7 days]}, then: security}"
    assert told(narrow, wide) == []
    assert told(wide, narrow) == [
        "policy.yaml line 18: (warning) the rule narrow is never reached: wide always fits before it"
    ]


@pytest.mark.parametrize(
    ("first", "later", "expected"),
    [
        (When(), When(), True),
        (When(kinds=("*key",)), When(kinds=("access key",)), True),
        (When(kinds=("access key",)), When(kinds=("*key",)), False),
        (When(kinds=("team",)), When(), False),
        (When(tags=("a", "b")), When(tags=("b",)), True),
        (When(sensitive=True), When(sensitive=False), False),
        (When(privileged=True), When(), False),
        (When(open_pull_requests=True), When(open_pull_requests=True, running_pipelines=True), True),
        (When(running_pipelines=True), When(open_pull_requests=True), False),
        (When(last_used=(Since(Span.OVER, timedelta(30)),)), When(last_used=(Since(Span.OVER, timedelta(90)),)), True),
        (When(last_used=(Since(Span.OVER, timedelta(90)),)), When(last_used=(Since(Span.OVER, timedelta(30)),)), False),
        (When(last_used=(Since(Span.NEVER),)), When(last_used=(Since(Span.UNKNOWN),)), False),
        (When(hours=Hours(time(8), time(18))), When(hours=Hours(time(9), time(12))), True),
        (When(hours=Hours(time(18), time(8))), When(hours=Hours(time(17), time(20))), False),
        (When(hours=Hours(time(18), time(8))), When(), False),
        (When(days=(Days.FRIDAY,)), When(days=(Days.FRIDAY, Days.MONDAY)), False),
    ],
)
def test_one_rule_covers_another_only_where_that_is_certain(first: When, later: When, expected: bool) -> None:
    """A rule that can still be reached is never called unreachable."""
    assert covers(first, later) is expected


def test_nothing_powerful_goes_without_saying() -> None:
    """An auto rule before another one leaves to it what is powerful."""
    auto = "{rule: auto, when: {kinds: [team]}, then: auto}"
    assert told(auto, "{rule: ask, when: {kinds: [team]}, then: ask}") == []
    assert Rule("a", Effect.AUTO, When(kinds=("team",))).effective.privileged is False


def test_the_table_is_for_people() -> None:
    """In the order in which rules are tried, with what happens when nobody answers."""
    shown = table(
        parse_policy(
            rules(
                "{rule: busy, when: {last_used: [within 1 day]}, then: ask}",
                "{rule: ours, when: {systems: [github], voluntary: no, hours: 18:00-08:00}, then: checkpoint,"
                " team: devops}",
                "{rule: all, then: security}",
            )
        )
    )
    lines = [" ".join(line.split()) for line in shown.splitlines()]
    assert lines[1:5] == [
        (
            "1 busy last used within 1 day asks its owner (security, if powerful or sensitive);"
            " removed after 2 days of silence"
        ),
        "2 ours in GitHub; leaves not by choice; at 18:00-08:00 waits 1 day for DevOps, then waits on and tells others",
        "3 all always asks security; removed after 2 days of silence",
        "no rule fits everything else nothing more",
    ]
    assert lines[-2:] == ["money (sensitive): github/pay*, github", "plain: github"]


def test_the_table_says_how_long_as_the_company_wrote_it() -> None:
    """Hours, minutes and seconds; a team that is missing is named; a table without tags has none below it."""
    policy = BASE.replace("people: [P-005]", "people: [P-005], answer: 90 minutes, silence: go")
    policy += "holds: {answer: 45 seconds}\nrules:\n  - {rule: a, then: ask}\n"
    policy += "  - {rule: b, then: checkpoint, team: devops}\n  - {rule: c, then: checkpoint, team: ops}\n"
    shown = table(parse_policy(policy))
    assert "removed after 45 seconds of silence" in shown
    assert "waits 90 minutes for DevOps, then goes on" in shown
    assert "waits for ops" in shown
    assert "Tags" not in shown
