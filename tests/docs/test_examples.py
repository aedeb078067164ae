"""What the documents and templates tell a company to write is what Usher reads."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from bot.cli.plays import listed
from bot.domain.model import Trigger
from bot.runbooks import TEMPLATES, Mistakes, check, load, parse_policy, parse_roster, parse_runbook
from bot.runbooks.rule_table import table

TOP = Path(__file__).resolve().parents[2]
POLICY = (TOP / "docs" / "policy.md").read_text(encoding="utf-8")
ROSTER = (
    "id,name,email\nP-001,Grace Oduya,grace@lumen.example\nP-002,Hanna Lindqvist,hanna@lumen.example\n"
    "P-003,Marco Rossi,marco@lumen.example\n"
)
NOW = date(2026, 11, 21)


def example(kind: str) -> str:
    """The one fenced example of this kind in docs/policy.md."""
    (found,) = re.findall(rf"^```\w+ {kind}\n(.*?)^```$", POLICY, flags=re.MULTILINE | re.DOTALL)
    return str(found)


def shipped() -> dict[str, str]:
    """The templates, as the files of a company."""
    names = {"policy.yaml": "policy.yaml", "runbooks/leaver.yaml": "leaver.yaml"}
    return {name: (TEMPLATES / file).read_text(encoding="utf-8") for name, file in names.items()}


def test_the_examples_of_the_guide_are_read_as_they_stand() -> None:
    """Whoever copies them into a folder has a policy, a runbook and a roster (S3-15)."""
    policy, runbook = parse_policy(example("policy")), parse_runbook(example("runbook"))
    people, bad = parse_roster(example("roster"))
    assert policy.approvals[Trigger.LEAVER].quorum == 2
    assert runbook.trigger is Trigger.LEAVER
    assert [person.id for person in people] == ["P-002", "P-003", "P-011"]
    assert not bad


def test_the_guide_explains_every_field_a_company_may_write() -> None:
    """A field that no table mentions would be found by accident only (S3-13)."""
    written = example("policy") + example("runbook")
    fields = set(re.findall(r"^ *([a-z_]+):", written, flags=re.MULTILINE)) - {
        "github",
        "laptop",
        "how",
        "evidence",
        "on_call",
        "devops",
        "people_system",
        "payments",
    }
    fields -= {"id", "kind", "label", "why"}  # explained with the field they belong to
    explained = " ".join(line for line in POLICY.splitlines() if line.startswith("| "))
    waves = {"contain", "memberships"}
    assert not {field for field in fields - waves if f"`{field}`" not in explained}


def test_the_table_of_rules_in_the_guide_is_the_one_that_usher_shows() -> None:
    """Whoever writes the example sees exactly that (S1-17)."""
    shown = re.search(r"^```text rules\n(.*?)^```$", POLICY, flags=re.MULTILINE | re.DOTALL)
    assert shown
    assert shown[1].strip("\n") == table(parse_policy(example("policy"))).strip("\n")


def test_the_list_of_plays_in_the_guide_is_the_one_that_usher_shows() -> None:
    """Number, name and line of each."""
    guide = (TOP / "docs" / "practice.md").read_text(encoding="utf-8")
    shown = re.search(r"^```text plays\n(.*?)^```$", guide, flags=re.MULTILINE | re.DOTALL)
    assert shown is not None
    assert shown[1].splitlines() == list(listed())


def test_the_templates_are_ready_to_begin_with() -> None:
    """Owners by id are all a company has to put in; nothing in them is a mistake (S0-32, S4-32)."""
    rules = load(shipped())
    people, _bad = parse_roster(ROSTER)
    assert not check(rules.policy, rules.runbooks, people, today=NOW, texts=shipped())


@pytest.mark.parametrize("field", ["contact", "after_hours", "objective", "owner", "review_by"])
def test_a_runbook_says_its_purpose_whom_to_call_and_who_keeps_it_true(field: str) -> None:
    """None may be left out: purpose, help by day and by night, one owner, a date (S2-13, S2-14, S4-2, S4-30)."""
    kept = re.sub(rf"^{field}:.*\n(?:  .*\n)*", "", example("runbook"), flags=re.MULTILINE)
    with pytest.raises(Mistakes, match=f"the field {field} is missing"):
        parse_runbook(kept)


def test_a_runbook_that_nobody_read_again_is_told_so() -> None:
    """After its date it still works, with a warning (S0-27, S4-30)."""
    rules = load(shipped())
    people, _bad = parse_roster(ROSTER)
    (late,) = check(rules.policy, rules.runbooks, people, today=date(2027, 2, 2), texts=shipped())
    assert late.warning
    assert "should have been reviewed" in late.words


def test_the_mistakes_shown_in_the_guide_are_what_usher_says() -> None:
    """The sentences people will look for are there, word for word."""
    shown = re.search(r"told all of them at once.*?```\n(.*?)```", POLICY, flags=re.DOTALL)
    assert shown
    wrong = (
        example("policy").replace("[hr, security, admin]", "[hr, secruity, admin]", 1).replace("evidence:", "evidense:")
    )
    with pytest.raises(Mistakes) as caught:
        parse_policy(wrong)
    assert [str(mistake) for mistake in caught.value.mistakes] == shown[1].splitlines()


def test_the_example_of_mail_is_read_beside_the_policy() -> None:
    """Copied below the policy as it stands, it sends mail over a closed way (S3-15)."""
    found = parse_policy(example("policy") + example("mail")).mail
    assert found is not None
    assert (found.host, found.port, found.security.value) == ("smtp.lumen.example", 587, "starttls")
