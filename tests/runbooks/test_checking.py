"""Rules that fit nobody in the company are found before the first person leaves."""

from __future__ import annotations

import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.runbooks import TEMPLATES, Mistakes, Texts, check, load, parse_policy, parse_roster, parse_runbook, read_folder
from tests.runbooks.written import FOLDERS, LEAVER, POLICY, ROSTER, TEXTS, TODAY


def told(texts: Texts, today: date = TODAY) -> list[str]:
    """What the check says about these texts."""
    rules = load(texts)
    people, _ = parse_roster(texts["roster.csv"])
    return [str(one) for one in check(rules.policy, rules.runbooks, people, today=today, texts=texts)]


def test_the_practice_company_loads_and_checks_clean() -> None:
    """The files of Lumen Works are good, until its runbook is due for review."""
    texts = read_folder(FOLDERS["practice"])
    assert set(texts) == {"policy.yaml", "runbooks/leaver.yaml", "roster.csv"}
    assert told(texts) == []
    assert told(texts, date(2027, 2, 2)) == [
        "runbooks/leaver.yaml line 13: (warning) this runbook should have been reviewed by 2027-02-01"
    ]


def test_the_practice_policy_has_everything_people_reach() -> None:
    """Four systems with a connector, two with a task for a person."""
    policy = load(read_folder(FOLDERS["practice"])).policy
    reached = {key: system.connector for key, system in policy.systems.items() if system.connector}
    assert reached == {"github": "github", "aws": "aws", "atlas": "scim", "ordersdb": "postgresql"}
    assert {key for key, system in policy.systems.items() if system.tasks} == {"laptop", "adminpw"}


def test_the_templates_are_good_files() -> None:
    """A new company begins with files that load."""
    assert parse_policy((TEMPLATES / "policy.yaml").read_text(encoding="utf-8")).company == "Your company"
    assert parse_runbook((TEMPLATES / "leaver.yaml").read_text(encoding="utf-8")).promise == timedelta(hours=1)


def test_a_small_company_checks_clean() -> None:
    """The texts that the other tests change are good themselves."""
    assert told(TEXTS) == []


@pytest.mark.parametrize(
    "old, new, words",
    [
        (
            "owner: P-005",
            "owner: P-099",
            "policy.yaml line 10: there is no person P-099 in the roster (owner of GitHub)",
        ),
        (
            "owner: P-005",
            "owner: P-009",
            "policy.yaml line 10: Yuki Tanaka (P-009) left on 2026-10-31 (owner of GitHub)",
        ),
        (
            "connector: github",
            "connector: github\n    deputy: P-098",
            "policy.yaml line 12: there is no person P-098 in the roster (deputy of GitHub)",
        ),
        (
            "connector: github",
            "connector: githib",
            "policy.yaml line 11: there is no connector githib (for GitHub)",
        ),
        ("connector: github", "connector: wire", "policy.yaml line 11: there is no connector wire (for GitHub)"),
        (
            "company: Lumen Works",
            "company: Lumen Works\nprotected: [P-097]",
            "policy.yaml line 2: there is no person P-097 in the roster (protected)",
        ),
        (
            "company: Lumen Works",
            "company: Lumen Works\ntell:\n  started: [payroll]\n  payroll: [P-001, P-098]",
            "policy.yaml line 4: there is no person P-098 in the roster (in payroll)",
        ),
        (
            "company: Lumen Works",
            "company: Lumen Works\nlegal_hold: {people: [P-009, P-098]}",
            "policy.yaml line 2: there is no person P-098 in the roster (legal hold)",
        ),
        (
            "quorum: 2",
            "quorum: 3",
            "policy.yaml line 6: 3 must agree to a leaver request, and at most 2 can ever be asked",
        ),
        (
            "quorum: 2, fallback: [security]",
            "quorum: 1",
            "policy.yaml line 6: (warning) nobody stands in when manager and owners are away or concerned",
        ),
        (
            "may_request: {leaver: [hr]}",
            "may_request: {joiner: [hr]}",
            "runbooks/leaver.yaml line 1: policy.yaml does not say who may ask for a leaver request",
        ),
        (
            "  leaver: {ask",
            "  joiner: {ask",
            "runbooks/leaver.yaml line 1: policy.yaml does not say who approves a leaver request",
        ),
    ],
)
def test_rules_that_do_not_fit_the_company_are_told_with_their_line(old: str, new: str, words: str) -> None:
    """People who left, connectors that do not exist, approvals nobody can give."""
    found = told({**TEXTS, "policy.yaml": POLICY.replace(old, new, 1)})
    assert any(one.startswith(words) for one in found)


def test_the_owner_of_a_runbook_works_here() -> None:
    """A runbook without an owner grows wrong."""
    texts = {**TEXTS, "runbooks/leaver.yaml": LEAVER.replace("P-005", "P-009")}
    assert told(texts) == [
        "runbooks/leaver.yaml line 4: Yuki Tanaka (P-009) left on 2026-10-31 (owner of this runbook)"
    ]


def test_manager_and_one_owner_are_two_people_at_most() -> None:
    """Without a power to ask, three yeses can never come together."""
    policy = POLICY.replace("quorum: 2, fallback: [security]", "quorum: 3")
    people = ROSTER + "".join(f"Q-{n},Somebody {n},q{n}@lumen.example,P-001,,\n" for n in range(5))
    found = told({**TEXTS, "policy.yaml": policy, "roster.csv": people})
    assert "policy.yaml line 6: 3 must agree to a leaver request, and at most 2 can ever be asked" in found


def test_the_last_day_is_still_a_day_of_work() -> None:
    """Yuki owns GitHub until the evening of her last day, and for a month before that lint asks for somebody else."""
    texts = {**TEXTS, "policy.yaml": POLICY.replace("owner: P-005", "owner: P-009")}
    assert told(texts, date(2026, 9, 30)) == []
    name = "name somebody who stays"
    assert told(texts, date(2026, 10, 31)) == [
        f"policy.yaml line 10: (warning) Yuki Tanaka (P-009) leaves on 2026-10-31 (owner of GitHub); {name}"
    ]
    assert len(told(texts, date(2026, 11, 1))) == 1


def test_without_the_texts_the_file_is_named() -> None:
    """A check of rules from elsewhere still says what is wrong."""
    rules = load(TEXTS)
    found = check(rules.policy, rules.runbooks, (), today=TODAY)
    assert str(found[0]) == "policy.yaml: there is no person P-005 in the roster (owner of GitHub)"
    assert not any(one.warning for one in found)


def test_a_connector_is_looked_for_and_not_imported() -> None:
    """Checking files loads no vendor's library."""
    before = set(sys.modules)
    assert told(TEXTS) == []
    assert not {name for name in set(sys.modules) - before if name.startswith("connectors.git")}


def test_the_mistakes_of_all_files_come_together() -> None:
    """One error names what is wrong in every file of the folder."""
    with pytest.raises(Mistakes) as refused:
        load({"policy.yaml": "x", "runbooks/leaver.yaml": "y", "runbooks/exit.yaml": LEAVER})
    assert [str(one) for one in refused.value.mistakes] == [
        "policy.yaml line 1: the file must hold fields, each as `name: value`",
        "runbooks/exit.yaml: the runbook of leaver must be called runbooks/leaver.yaml",
        "runbooks/leaver.yaml line 1: the file must hold fields, each as `name: value`",
    ]


def test_a_company_without_runbooks_is_told_how_to_begin() -> None:
    """A policy alone runs nothing."""
    with pytest.raises(Mistakes, match=r"there is no runbook; begin with runbooks/leaver\.yaml"):
        load({"policy.yaml": POLICY})


def test_a_folder_that_cannot_be_read_is_told_file_by_file(tmp_path: Path) -> None:
    """A missing policy, a runbook in an old encoding and one that is a folder."""
    (tmp_path / "runbooks" / "mover.yaml").mkdir(parents=True)
    (tmp_path / "runbooks" / "leaver.yaml").write_bytes("title: D\u00e9part".encode("latin-1"))
    with pytest.raises(Mistakes) as refused:
        read_folder(tmp_path)
    assert [one.file for one in refused.value.mistakes] == [
        "policy.yaml",
        "runbooks/leaver.yaml",
        "runbooks/mover.yaml",
    ]
    assert "save it as UTF-8" in str(refused.value)


def test_a_file_larger_than_any_company_is_not_read(tmp_path: Path) -> None:
    """Somebody's disk image is no roster."""
    (tmp_path / "policy.yaml").write_text(POLICY, encoding="utf-8")
    with (tmp_path / "roster.csv").open("wb") as roster:
        roster.truncate(60_000_000)
    with pytest.raises(Mistakes, match=r"roster\.csv: the file cannot be read: it is too large"):
        read_folder(tmp_path)


OFFER = """\
access:
  offers:
    prod:
      words: Read production
      system: github
      entitlement: {id: "team:1", kind: team, label: Production}
      usual: 1 hour
      longest: 8 hours
"""


@pytest.mark.parametrize(
    "old, new, words",
    [
        ("system: github", "system: gitlab", "line 16: there is no system gitlab in this policy (Read production)"),
        (
            "longest: 8 hours",
            "longest: 8 hours\n      approval: {ask: [owners], quorum: 2, fallback: [manager]}",
            "line 14: (warning) nobody stands in when manager and owners are away or concerned; give prod a fallback",
        ),
        (
            "longest: 8 hours",
            "longest: 8 hours\n      approval: {ask: [security], quorum: 9}",
            "line 20: 9 must agree to Read production, and at most 2 can ever be asked",
        ),
    ],
)
def test_an_offer_that_nobody_could_give_is_told(old: str, new: str, words: str) -> None:
    """Before the first person asks for it in vain."""
    texts = {**TEXTS, "policy.yaml": POLICY + OFFER.replace(old, new, 1)}
    assert any(words in one for one in told(texts)), told(texts)


def test_nothing_ends_by_itself_where_no_program_reaches() -> None:
    """A system of tasks can lend nothing that ends by itself."""
    laptop = "  laptop:\n    name: Laptop\n    owner: P-005\n    tasks: {leaver: {title: Collect it, how: Meet.}}\n"
    texts = {**TEXTS, "policy.yaml": POLICY + laptop + OFFER.replace("system: github", "system: laptop")}
    assert any("nothing ends by itself in Laptop, which has no connector" in one for one in told(texts)), told(texts)


def test_a_leave_of_absence_may_have_a_runbook_of_its_own() -> None:
    """Who asks and who approves is the same as for a leaver, unless the policy says otherwise: nothing is missing."""
    texts = {**TEXTS, "runbooks/pause.yaml": LEAVER.replace("trigger: leaver", "trigger: pause")}
    assert told(texts) == []
