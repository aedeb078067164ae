"""Each profile on a server that is bent like its application; and each quirk where nobody said which it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest

from bot.domain.by_hand import kind_of
from bot.domain.model import (
    Assign,
    Change,
    Delete,
    Entitlement,
    Grant,
    PersonId,
    Resume,
    Revoke,
    Suspend,
    Task,
    inverse,
)
from bot.domain.planning import Found, leaver_plan
from bot.domain.policy import System
from bot.domain.reading import Completeness
from bot.domain.verify import Verdict, judge
from bot.practice.company import scim
from bot.practice.company.scim_quirks import QUIRKS, Quirks
from bot.practice.company.wire import Fault
from connectors.interface import Kind, Result, Secrets
from connectors.scim import SPEC, connect
from connectors.wire.scim.profile import PROFILES, profile_named
from tests.connectors.contract import NOW, error_of, removals
from tests.connectors.scim_place import EMAIL, KEY, Place, place

KEEPS = sorted(key for key, profile in PROFILES.items() if not profile.inactive_deletes)
DELETES = sorted(key for key, profile in PROFILES.items() if profile.inactive_deletes)
GROUPS = sorted(key for key, profile in PROFILES.items() if profile.groups is not False)
ODD = {
    "no PATCH": Quirks(patch=False),
    "booleans as text": Quirks(words=True),
    "one operation": Quirks(operations=1),
    "small letters": Quirks(case="lower"),
    "capitals": Quirks(case="upper"),
    "204 and nothing": Quirks(empty=True),
    "no search": Quirks(people_by=frozenset(), groups_by=frozenset()),
    "ignored search": Quirks(people_by=frozenset(), groups_by=frozenset(), wrong="ignored"),
    "search that finds nothing": Quirks(people_by=frozenset(), groups_by=frozenset(), wrong="nothing"),
    "groups of the account": Quirks(groups_told=True, groups_by=frozenset()),
    "pages of three": Quirks(most=3, groups_by=frozenset(), people_by=frozenset()),
    "says nothing of itself": Quirks(about=False),
    "no groups": Quirks(groups=False),
}


def live(where: Place) -> None:
    """What every application must bear: read, apply twice, verify, restore twice, verify."""
    connector = where.connector
    first = connector.read(where.link, NOW)
    there = ["Group Editors"] if where.has_groups else []
    assert [one.entitlement.label for one in first.grants.items if one.entitlement.kind == "group"] == there
    changes = removals(first, connector.spec.can)
    assert changes
    back: list[Change] = [one for change in changes if (one := inverse(change)) is not None]
    for step in (*changes, *back):
        assert connector.apply(step).result is Result.APPLIED, step
        assert connector.apply(step).result is Result.ALREADY, step
        assert judge(step, connector.read(where.link, NOW)) is Verdict.CONFIRMED, step
    again = connector.read(where.link, NOW)
    assert (again.account, again.grants) == (first.account, first.grants)


@pytest.mark.parametrize("profile", KEEPS)
def test_an_application_that_keeps_inactive_accounts_takes_all_away_and_gives_it_back(profile: str) -> None:
    """With the quirks of this application: done, already so, seen, and as it was in the end."""
    with place(profile) as where:
        assert where.connector.check().ready
        assert not where.connector.check().cannot
        live(where)


@pytest.mark.parametrize("odd", ODD)
def test_an_application_nobody_described_is_coped_with_all_the_same(odd: str) -> None:
    """The standard profile finds out by itself what works; a search is believed once it was seen to find."""
    with place("standard", ODD[odd]) as where:
        assert where.has_groups is (odd != "no groups")
        assert [one.native_id for one in where.connector.find(EMAIL)] == [where.link.native_id]
        assert where.connector.find("nobody@lumen.example") == ()
        live(where)


@pytest.mark.parametrize("profile", GROUPS)
def test_only_alice_leaves_and_comes_back(profile: str) -> None:
    """Whatever way an application wants to be asked, nobody else leaves a group."""
    with place(profile) as where:
        grant = where.grant()
        before = where.members(grant)
        where.connector.apply(Revoke(grant))
        assert where.members(grant) == before - {where.link.native_id}
        assert grant not in where.connector.read(where.link, NOW).grants.items
        where.connector.apply(Assign(grant))
        assert where.members(grant) == before


@pytest.mark.parametrize("profile", DELETES)
def test_where_inactive_means_deleted_nothing_is_made_inactive(profile: str) -> None:
    """It is refused in a sentence that says what is lost, a person decides, and until then nothing is written."""
    with place(profile) as where:
        check = where.connector.check()
        assert check.ready
        why = check.cannot[Suspend]
        assert "deletes an account that is made inactive" in why
        assert "by hand" in why
        for change in (Suspend(where.account), Resume(where.account)):
            error = error_of(lambda change=change: where.connector.apply(change))  # type: ignore[misc]
            assert error.kind is Kind.PERMANENT
            assert error.said == check.cannot[type(change)]
        assert where.user()["active"] is True
        assert where.writes() == []
        sessions = where.connector.read(where.link, NOW).sessions
        assert sessions.seen is Completeness.NOT_PERMITTED
        assert "can still sign in" in sessions.why


def test_in_a_plan_such_an_account_is_a_task_of_a_person_with_the_reason() -> None:
    """Nothing automatic, nothing forgotten: who looks after the system is told what would be lost."""
    with place("notion") as where:
        connector = where.connector
        cannot = {kind_of(kind): why for kind, why in connector.check().cannot.items()}
        found = Found(System(KEY, "Notion", PersonId("P-002")), replace(connector.read(where.link, NOW), cannot=cannot))
        plan = leaver_plan((found,), {KEY: connector.spec.can}, lambda _system: PersonId("P-002"))
        assert not [step for step in plan.steps if isinstance(step.action, Suspend | Delete)]
        (task,) = [step for step in plan.steps if isinstance(step.action, Task) and "Lock" in step.action.title]
        assert isinstance(task.action, Task)
        assert "deletes an account that is made inactive" in task.action.how
        assert task.assignee == "P-002"
        assert [step for step in plan.steps if isinstance(step.action, Revoke)]


def test_an_application_nobody_described_that_deletes_does_so_once_and_it_is_told() -> None:
    """With the wrong profile one account is lost, in plain words; the next is refused before anything is written."""
    with place("standard", QUIRKS["notion"]) as where:
        assert "cannot be brought back" in where.connector.apply(Suspend(where.account)).said
        others = [one for one in where.connector.accounts() if one.active]
        before = len(where.writes())
        error = error_of(lambda: where.connector.apply(Suspend(others[0])))
        assert "deletes an account that is made inactive" in error.said
        assert Suspend in where.connector.check().cannot
        assert len(where.writes()) == before


@pytest.mark.parametrize("profile", DELETES)
def test_at_the_end_of_its_time_such_an_account_is_deleted_and_seen_to_be_gone(profile: str) -> None:
    """Deleting is a change of its own that somebody asked for; twice is once."""
    with place(profile) as where:
        assert where.connector.apply(Delete(where.account)).said == "The account was deleted."
        assert where.user() == {}
        assert where.connector.apply(Delete(where.account)).result is Result.ALREADY
        reading = where.connector.read(where.link, NOW)
        assert judge(Delete(where.account), reading) is Verdict.CONFIRMED
        assert reading.control == "list of accounts in Atlas wiki"


def test_an_account_is_deleted_only_after_it_was_inactive() -> None:
    """Where an account can rest first, it does: what rests can be given back."""
    with place() as where:
        assert "made inactive first" in error_of(lambda: where.connector.apply(Delete(where.account))).said
        assert where.writes() == []
        where.connector.apply(Suspend(where.account))
        assert where.connector.apply(Delete(where.account)).result is Result.APPLIED


@pytest.mark.parametrize("profile", [key for key, one in PROFILES.items() if not one.deletes])
def test_where_delete_is_no_deletion_it_is_never_sent(profile: str) -> None:
    """Slack, Atlassian and GitLab only make the account inactive by it."""
    with place(profile) as where:
        where.connector.apply(Suspend(where.account))
        assert error_of(lambda: where.connector.apply(Delete(where.account))).kind is Kind.PERMANENT
        assert not [one for one in where.writes() if one.startswith("DELETE")]


def test_every_profile_names_the_page_it_comes_from_and_is_played_by_a_server() -> None:
    """Nothing is invented: what is in no vendor's page is the standard."""
    assert set(PROFILES) == set(QUIRKS)
    for profile in PROFILES.values():
        assert profile.page.startswith("https://"), profile.key
        assert profile.can <= SPEC.can
        assert profile_named(profile.key.upper()) is profile


def test_a_profile_nobody_knows_is_told_with_those_there_are() -> None:
    """A slip in the settings stops this system with one sentence."""
    given = Secrets({"URL": "https://wiki.invalid", "TOKEN": "y", "PROFILE": "slak"})
    error = error_of(lambda: connect(KEY, "Wiki", given))
    assert error.kind is Kind.CREDENTIAL
    assert "slack, notion" in error.said


def test_the_account_of_the_token_can_be_named_and_is_not_touched() -> None:
    """Most applications do not say whose token it is; Notion's dies with the owner who made it."""
    with place("notion") as plain, place("notion", OWN_ACCOUNT="x") as where:
        own = where.account
        assert plain.connector.apply(Delete(plain.account)).result is Result.APPLIED
        named = connect(KEY, "Wiki", Secrets({**_settings(where), "OWN_ACCOUNT": own.native_id}))
        assert "Usher itself" in error_of(lambda: named.apply(Delete(own))).said
        assert where.user()


def _settings(where: Place) -> dict[str, str]:
    return {"URL": where.url, "TOKEN": "practice-atlas-token", "PROFILE": "notion"}


def test_the_account_names_what_scim_does_not_reach_there() -> None:
    """Whoever looks by eye is told what to look for in this application."""
    for profile, words in (("slack", "apps and tokens"), ("atlassian", "API tokens"), ("notion", "Guests")):
        with place(profile) as where:
            assert words in where.connector.read(where.link, NOW).credentials.why


def test_the_practice_wiki_plays_another_application_while_it_runs() -> None:
    """Whoever tries Usher out sees how it behaves with Notion or Slack, without either."""
    with place() as where:
        where.recorded.perform = scim.perform
        fault = {"match": "", "times": 0, "does": "atlassian"}
        assert httpx.post(f"{where.url.removesuffix('/v2')}/_/faults", json=fault).status_code == 200
        told = httpx.get(f"{where.url}/Users/{where.link.native_id}", headers={"Authorization": f"Bearer {scim.TOKEN}"})
        assert [one["display"] for one in told.json()["groups"]] == ["Editors"]


# ---- what a server says of itself ----


def _says(where: Place, path: str, body: dict[str, Any]) -> None:
    where.recorded.system = _Says(where.recorded.system, path, body)


class _Says:
    """A server that says this of itself, before everything else."""

    def __init__(self, system: Any, path: str, body: dict[str, Any]) -> None:
        self.system, self.path, self.body = system, path, body

    def __call__(self, environ: dict[str, Any], start: Any) -> Any:
        """Serve one call."""
        from werkzeug.wrappers import Response  # noqa: PLC0415

        if environ["PATH_INFO"].endswith(self.path):
            import json  # noqa: PLC0415

            return Response(json.dumps(self.body), mimetype="application/scim+json")(environ, start)
        return self.system(environ, start)


def test_a_server_without_patch_is_believed_and_whole_entries_are_written() -> None:
    """Once asked, it is not asked again for what it does not have."""
    with place("standard", Quirks(patch=False)) as where:
        assert where.connector.check().ready
        live(where)
        assert {write.partition(" ")[0] for write in where.writes()} == {"PUT"}


def test_a_server_that_has_no_groups_makes_them_a_task() -> None:
    """`check` says so for the plan, and nobody tries."""
    with place() as where:
        grant = where.grant()
        _says(where, "/ResourceTypes", {"Resources": [{"name": "User", "endpoint": "/Users"}]})
        assert "no groups over SCIM" in where.connector.check().cannot[Revoke]
        assert error_of(lambda: where.connector.apply(Revoke(grant))).kind is Kind.PERMANENT


def test_a_server_whose_accounts_cannot_be_made_inactive_makes_it_a_task() -> None:
    """Its own description decides, not our hope."""
    user = {"id": "urn:ietf:params:scim:schemas:core:2.0:User", "attributes": [{"name": "userName"}]}
    with place() as where:
        _says(where, "/Schemas", {"Resources": [user]})
        assert "cannot be made inactive" in where.connector.check().cannot[Suspend]
        assert error_of(lambda: where.connector.apply(Suspend(where.account))).kind is Kind.PERMANENT
        assert where.writes() == []


def test_a_url_without_accounts_is_told_in_one_sentence() -> None:
    """Somebody forgot the end of the address, or wrote too much of it."""
    with place() as where:
        where.recorded.ledger.faults.append(Fault("/Users", 404, times=0))
        (said,) = where.connector.check().missing
        assert "must end where /Users begins" in said


def test_a_server_that_hides_what_it_says_of_itself_is_taken_for_the_standard() -> None:
    """Refused or in another shape, it decides nothing; a fault of its own is told."""
    with place() as where:
        where.recorded.ledger.faults.append(Fault("ServiceProviderConfig|ResourceTypes|Schemas", 403, times=0))
        assert where.connector.check().ready
        assert where.connector.check().cannot == {}
        where.recorded.ledger.faults[:] = [Fault("Schemas", 500, times=0)]
        (said,) = where.connector.check().missing
        assert "fault of its own" in said


def test_a_token_never_travels_in_the_clear() -> None:
    """Over a network it is https, or Usher is not ready."""
    error = error_of(lambda: connect(KEY, "Wiki", Secrets({"URL": "http://wiki.invalid/scim", "TOKEN": "y"})))
    assert error.kind is Kind.CREDENTIAL
    assert "in the clear" in error.said


# ---- roles ----


def _with_role(where: Place, **role: Any) -> Grant:
    body = {**where.user(), "roles": [{"value": "keeper", "display": "Wiki owner", **role}]}
    where.client.put(
        f"/v2/Users/{where.link.native_id}",
        json=body,
        content_type="application/scim+json",
        headers={"Authorization": "Bearer practice-atlas-token"},
    )
    (grant,) = [one for one in where.connector.read(where.link, NOW).grants.items if one.entitlement.kind == "role"]
    return grant


@pytest.mark.parametrize("quirks", [Quirks(), Quirks(patch=False)], ids=["PATCH", "PUT"])
def test_a_role_is_read_taken_and_given_back_as_it_was(quirks: Quirks) -> None:
    """With what makes it powerful in words, and all that the application had written beside it."""
    with place("standard", quirks) as where:
        grant = _with_role(where, type="global")
        assert grant.entitlement.privileged
        assert grant.entitlement.why
        live(where)
        assert where.user()["roles"] == [{"value": "keeper", "display": "Wiki owner", "type": "global"}]


def test_a_role_that_is_not_held_is_not_taken_twice() -> None:
    """Nor is one given twice."""
    with place() as where:
        grant = _with_role(where)
        other = Grant(grant.account, Entitlement("role:reader", "role", "Role reader"))
        assert where.connector.apply(Revoke(other)).result is Result.ALREADY
        assert where.connector.apply(Assign(grant)).result is Result.ALREADY
