"""The fields of a policy and a runbook: what they mean and what is told when they are wrong."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest

from bot.domain.model import Entitlement, PersonId, Power, SystemKey, Trigger, Wave
from bot.domain.policy import ApprovalRule, TaskRule
from bot.runbooks import parse_policy, parse_runbook
from tests.runbooks.written import LEAVER, POLICY, wrong_in_policy, wrong_in_runbook

LAPTOP = """\
  laptop:
    name: Laptop
    owner: P-006
    deputy: P-005
    tasks:
      leaver: {title: Collect it, how: Meet them., evidence: A photo}
"""


def test_a_policy_becomes_the_rules_it_says() -> None:
    """Every field arrives where the program reads it."""
    policy = parse_policy(POLICY + LAPTOP + 'protected: [P-001]\nleaving_at: "18:30"\n')
    assert (policy.company, policy.zone, policy.channel) == ("Lumen Works", "Europe/Paris", "offboarding")
    assert (policy.protected, policy.leaving_at) == (frozenset({PersonId("P-001")}), time(18, 30))
    assert policy.may_request == {Trigger.LEAVER: {Power.HR}}
    assert policy.approvals == {Trigger.LEAVER: ApprovalRule(("manager", "owners"), 2, ("security",))}
    laptop = policy.systems[SystemKey("laptop")]
    assert (laptop.key, laptop.owner, laptop.deputy, laptop.connector) == ("laptop", "P-006", "P-005", "")
    assert laptop.tasks == {Trigger.LEAVER: TaskRule("Collect it", "Meet them.", "A photo")}


def test_the_page_of_a_system_is_an_address() -> None:
    """It is put into the task of a person, so it must be one that opens."""
    page = "    page: https://github.com/orgs/lumen-works/people\n"
    assert parse_policy(POLICY + page).systems[SystemKey("github")].page == page.split()[1]
    (said,) = wrong_in_policy(POLICY + "    page: javascript:alert(1)\n")
    assert said.endswith('page: must be an address that begins with https://, and not "javascript:alert(1)"')


def test_what_a_company_leaves_out_has_a_careful_default() -> None:
    """One yes, nobody protected, the day ends at five."""
    policy = parse_policy(POLICY.replace("quorum: 2, fallback: [security]", ""))
    assert policy.approvals[Trigger.LEAVER] == ApprovalRule(("manager", "owners"), 1, ())
    assert (policy.protected, policy.leaving_at) == (frozenset(), time(17, 0))


def test_a_runbook_becomes_the_procedure_it_says() -> None:
    """Deadlines are hours by wave."""
    runbook = parse_runbook(LEAVER)
    assert (runbook.trigger, runbook.owner, runbook.review_by) == (Trigger.LEAVER, PersonId("P-005"), date(2027, 2, 1))
    assert runbook.deadlines == {Wave.CONTAIN: 1, Wave.MEMBERSHIPS: 4, Wave.HAND_OVER: 24, Wave.TASKS: 48}
    assert (runbook.promise, runbook.contact, runbook.after_hours) == (timedelta(hours=1), "Ask Tomasz.", "Call Sara.")


def test_instructions_keep_their_lines() -> None:
    """A list of steps stays a list of steps."""
    text = LEAVER.replace("contact: Ask Tomasz.", "contact: |\n  1. Ask   Tomasz.\n  2. Wait.\n")
    assert parse_runbook(text).contact == "1. Ask Tomasz.\n2. Wait."


@pytest.mark.parametrize(
    "old, new, told",
    [
        ("quorum: 2", "quorum: 1e9", '6: approvals / leaver / quorum: must be a whole number, and not "1e9"'),
        ("quorum: 2", "quorum: 1000000000", "6: approvals / leaver / quorum: must be a whole number"),
        ("quorum: 2", "quorum: 11", "6: approvals / leaver / quorum: must be 10 or less"),
        ("quorum: 2", "quorum: -1", "6: approvals / leaver / quorum: must be a whole number"),
        ("quorum: 2", "quorum: 010", "6: approvals / leaver / quorum: must be a whole number"),
        ("quorum: 2", "quorum: two", "6: approvals / leaver / quorum: must be a whole number"),
        ("quorum: 2", "quorum: [2]", "6: approvals / leaver / quorum: must be a whole number, and not a list"),
        ("[manager, owners]", "[owner]", '6: approvals / leaver / ask / 1: "owner" is none of manager, owners, admin'),
        ("[manager, owners]", "[hr, hr]", "6: approvals / leaver / ask: hr stands in the list more than once"),
        ("[manager, owners]", "[]", "6: approvals / leaver / ask: the list is empty"),
        ("[manager, owners]", "manager", "6: approvals / leaver / ask: must be a list"),
        ("{leaver: [hr]}", "{leaver: [boss]}", '4: may_request / leaver / 1: "boss" is none of admin, hr'),
        ("{leaver: [hr]}", "{leave: [hr]}", '4: may_request / leave: "leave" is none of leaver, joiner'),
        ("{leaver: [hr]}", "[hr]", "4: may_request: must hold fields of its own"),
        ("Europe/Paris", "Europe/Pari", '2: zone: "Europe/Pari" is no time zone; did you mean Europe/Paris?'),
        ("Europe/Paris", "../passwd", '2: zone: "../passwd" is no time zone; write one like Europe/Paris'),
        ("channel: offboarding", "channel: off boarding", '3: channel: "off boarding" is not possible here'),
        ("channel: offboarding", "channel:", "3: channel: is empty"),
        (
            "connector: github",
            "conector: github",
            '11: systems / github: there is no field "conector" here; did you mean',
        ),
        ("connector: github", "connector: os.path", '11: systems / github / connector: "os.path" is not possible here'),
        ("connector: github", "about: x", "8: systems / github: nobody would act here: name a connector, or write"),
        (
            "connector: github",
            "connector: github\n    deputy: P-005",
            "8: systems / github: the deputy must be somebody else",
        ),
        ("  github:", "  GitHub!:", '8: systems / GitHub!: "GitHub!" is not possible here: small letters'),
        ("owner: P-005", "owner: 5", '10: systems / github / owner: "5" is more than text to YAML'),
        ("owner: P-005", "owner: Ines Ferreira", "is not possible here: no spaces"),
        ("name: GitHub", f"name: {'G' * 121}", "9: systems / github / name: is too long; 120 characters"),
        (
            "company: Lumen Works",
            "leaving_at: 25:00",
            '1: leaving_at: must be a time of day like 17:00, and not "25:00"',
        ),
        ("company: Lumen Works", "leaving_at: 1020", "1: leaving_at: must be a time of day like 17:00"),
    ],
)
def test_a_policy_that_says_nonsense_is_told_where(old: str, new: str, told: str) -> None:
    """The line, the place and what would be right, in plain words."""
    assert any(told in one for one in wrong_in_policy(POLICY.replace(old, new, 1)))


ACCESS = """\
access:
  answer: 2 hours
  offers:
    prod:
      words: Read production
      system: github
      entitlement: {id: "team:1", kind: team, label: Production, privileged: yes, why: reads what customers stored}
      usual: 90 minutes
      longest: 8 hours
"""


def test_what_may_be_asked_for_becomes_an_offer() -> None:
    """The owner of the system decides unless the company says otherwise, and a day is the time to answer."""
    access = parse_policy(POLICY + ACCESS).access
    offer = access.offers["prod"]
    assert (access.answer, access.channel) == (timedelta(hours=2), "")
    assert (offer.system, offer.usual, offer.longest) == ("github", timedelta(minutes=90), timedelta(hours=8))
    assert offer.entitlement == Entitlement("team:1", "team", "Production", True, "reads what customers stored")
    assert offer.approval == ApprovalRule(("owners",), 1, ("security",))
    own = ACCESS.replace("  answer: 2 hours\n", '  channel: "#access"\n')
    asked = own + "      approval: {ask: [manager, security], quorum: 2}\n"
    access = parse_policy(POLICY + asked).access
    assert (access.answer, access.channel) == (timedelta(days=1), "access")
    assert access.offers["prod"].approval == ApprovalRule(("manager", "security"), 2)
    assert parse_policy(POLICY).access.offers == {}


@pytest.mark.parametrize(
    "old, new, told",
    [
        ("answer: 2 hours", "answer: 2h", "13: access / answer: must be a time like 90 minutes, 8 hours or 5 days"),
        ("answer: 2 hours", "answer: 0 hours", "13: access / answer: must be a time like"),
        ("answer: 2 hours", "answer: 400 days", "13: access / answer: must be 366 days or less"),
        ("usual: 90 minutes", "usual: 9 hours", "15: access / offers / prod: the usual time is more than the longest"),
        ("privileged: yes", "privileged: maybe", 'entitlement / privileged: must be yes or no, and not "maybe"'),
        ("words: Read", "wards: Read", 'access / offers / prod: there is no field "wards" here; did you mean words?'),
        ("kind: team, ", "", "entitlement: the field kind is missing"),
        ('id: "team:1"', 'id: "team 1"', "entitlement / id:"),
    ],
)
def test_an_offer_that_says_nonsense_is_told_where(old: str, new: str, told: str) -> None:
    """The line, the place and what would be right, in plain words."""
    assert any(told in one for one in wrong_in_policy(POLICY + ACCESS.replace(old, new, 1)))


@pytest.mark.parametrize(
    "old, new, told",
    [
        ("title: Somebody leaves", "title: &t !!str Somebody leaves", '2: "!!str" is a tag'),
        ("trigger: leaver", "trigger: fired", '1: trigger: "fired" is none of leaver, joiner'),
        ("2027-02-01", "2027-02-30", '5: review_by: must be a date like 2027-02-01, and not "2027-02-30"'),
        ("2027-02-01", "01/02/2027", "5: review_by: must be a date like 2027-02-01"),
        ("2027-02-01", "{}", "5: review_by: must be a date like 2027-02-01, and not fields"),
        ("promise_hours: 1", "promise_hours: 0", "6: promise_hours: must be 1 or more"),
        ("promise_hours: 1", "promise_hours: 9999", "6: promise_hours: must be 2160 or less"),
        ("promise_hours: 1\n", "", "1: say once what is promised: promise_hours: 1, or promise: 15 minutes"),
        ("promise_hours: 1", "promise_hours: 1\npromise: 2 hours", "1: say once what is promised"),
        ("promise_hours: 1", "promise: soon", "6: promise: must be a time like 90 minutes"),
        ("hand over: 24, ", "", "1: deadlines: no hours are given for hand over"),
        ("hand over: 24", "handover: 24", '7: deadlines / handover: "handover" is none of contain'),
        ("contact: Ask Tomasz.", "contact: ''", "8: contact: is empty"),
        ("contact: Ask Tomasz.\n", "", "1: the field contact is missing"),
    ],
)
def test_a_runbook_that_says_nonsense_is_told_where(old: str, new: str, told: str) -> None:
    """The same for runbooks."""
    assert any(told in one for one in wrong_in_runbook(LEAVER.replace(old, new, 1)))


def test_a_company_may_promise_less_than_an_hour() -> None:
    """In minutes, where an hour would be too long (S1-12)."""
    found = parse_runbook(LEAVER.replace("promise_hours: 1", "promise: 15 minutes", 1), "leaver.yaml")
    assert found.promise == timedelta(minutes=15)
