"""AWS, the wiki and the orders database of the practice company, each through the client the connectors use."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import httpx
import psycopg
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from bot.practice.company import aws as account
from bot.practice.company import ordersdb, people
from bot.practice.company.start import Company
from tests.company.clients import aws

DENY = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


@pytest.fixture(scope="session")
def usher(company: Company) -> Any:
    """IAM with Usher's own credentials."""
    return aws(company, account.USHER_KEY_ID, account.USHER_SECRET)


@pytest.fixture(scope="session")
def ines(company: Company) -> Any:
    """IAM with the rights of the person who owns the account."""
    return aws(company, account.INES_KEY_ID, account.INES_SECRET)


def refusal(call: Any, **arguments: object) -> str:
    """The code with which AWS refuses."""
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    code: str = refused.value.response["Error"]["Code"]
    return code


def test_alice_has_what_the_story_says_on_aws(usher: Any) -> None:
    """Two keys, one used an hour ago and one never; a console password; two groups; no second factor."""
    keys = usher.list_access_keys(UserName="alice.martin")["AccessKeyMetadata"]
    used = [usher.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])["AccessKeyLastUsed"] for key in keys]
    ago = dt.datetime.now(dt.UTC) - used[0]["LastUsedDate"]
    assert dt.timedelta(minutes=59) < ago < dt.timedelta(minutes=70)
    assert "LastUsedDate" not in used[1]
    assert usher.get_login_profile(UserName="alice.martin")["LoginProfile"]["UserName"] == "alice.martin"
    groups = usher.list_groups_for_user(UserName="alice.martin")["Groups"]
    assert {group["GroupName"] for group in groups} == {"developers", "prod-readers"}
    assert usher.list_mfa_devices(UserName="alice.martin")["MFADevices"] == []
    assert usher.list_service_specific_credentials(UserName="alice.martin")["ServiceSpecificCredentials"] == []


def test_an_inactive_key_is_refused_and_comes_back(company: Company, usher: Any) -> None:
    """Switched off, a key is as good as unknown; switched on, it works again."""
    key_id = "BENPRACTICEKEY000001"
    ben = aws(company, key_id, "practice-secret-of-ben", "sts")
    assert ben.get_caller_identity()["Arn"].endswith("user/ben.okafor")
    usher.update_access_key(UserName="ben.okafor", AccessKeyId=key_id, Status="Inactive")
    assert refusal(ben.get_caller_identity) == "InvalidClientTokenId"
    usher.update_access_key(UserName="ben.okafor", AccessKeyId=key_id, Status="Active")
    assert ben.get_caller_identity()["Account"] == account.ACCOUNT


def test_a_deny_policy_stops_what_a_person_may_do(company: Company, usher: Any, ines: Any) -> None:
    """A policy that denies everything wins over every group."""
    ines.create_user(UserName="denied")
    ines.add_user_to_group(UserName="denied", GroupName="admins")
    key = ines.create_access_key(UserName="denied")["AccessKey"]
    denied = aws(company, key["AccessKeyId"], key["SecretAccessKey"])
    denied.list_users()
    usher.put_user_policy(UserName="denied", PolicyName="leaver", PolicyDocument=json.dumps(DENY))
    assert refusal(denied.list_users) == "AccessDenied"


def test_usher_holds_no_right_beyond_its_work(usher: Any) -> None:
    """It may contain and delete a user, not make one or a key for one."""
    assert refusal(usher.create_user, UserName="mallory") == "AccessDenied"
    assert refusal(usher.create_access_key, UserName="alice.martin") == "AccessDenied"


def test_a_user_is_deleted_last(usher: Any, ines: Any) -> None:
    """Deletion is refused while a password, key, SSH key, service credential, group or policy is left."""
    name = {"UserName": "leaver"}
    ines.create_user(**name)
    ines.create_login_profile(**name, Password="practice-1234")
    key = ines.create_access_key(**name)["AccessKey"]["AccessKeyId"]
    ssh = ines.upload_ssh_public_key(**name, SSHPublicKeyBody="ssh-rsa practice-only")["SSHPublicKey"]
    git = ines.create_service_specific_credential(**name, ServiceName="codecommit.amazonaws.com")
    git_id = git["ServiceSpecificCredential"]["ServiceSpecificCredentialId"]
    ines.add_user_to_group(**name, GroupName="developers")
    ines.put_user_policy(**name, PolicyName="own", PolicyDocument=json.dumps(DENY))
    remedies: tuple[Callable[[], object], ...] = (
        lambda: usher.delete_login_profile(**name),
        lambda: usher.delete_access_key(**name, AccessKeyId=key),
        lambda: usher.delete_ssh_public_key(**name, SSHPublicKeyId=ssh["SSHPublicKeyId"]),
        lambda: usher.delete_service_specific_credential(**name, ServiceSpecificCredentialId=git_id),
        lambda: usher.remove_user_from_group(**name, GroupName="developers"),
        lambda: usher.delete_user_policy(**name, PolicyName="own"),
    )
    for remedy in remedies:
        assert refusal(usher.delete_user, **name) == "DeleteConflict"
        remedy()
    usher.delete_user(**name)
    assert refusal(usher.get_user, **name) == "NoSuchEntity"


def test_a_group_with_people_in_it_stays(ines: Any) -> None:
    """Deleting a group that has members or policies is a conflict."""
    assert refusal(ines.delete_group, GroupName="billing") == "DeleteConflict"


def test_aws_tells_what_was_changed_and_by_whom(company: Company, usher: Any) -> None:
    """The log keeps writes, refused ones too, and no password."""
    refusal(usher.delete_login_profile, UserName="marco.rossi")
    last = company.log("aws")[-1]
    assert (last["operation"], last["actor"], last["status"]) == ("POST DeleteLoginProfile", "usher", 404)
    assert all(write["body"].get("Password", "***") == "***" for write in company.log("aws"))


def test_aws_fails_on_demand(company: Company, usher: Any) -> None:
    """Throttling is AWS's own error; a slow answer runs into the caller's patience."""
    company.fault("aws", "GetUser", status=400)
    assert refusal(usher.get_user, UserName="alice.martin") == "Throttling"
    company.fault("aws", "GetUser", delay=1.5)
    hasty = aws(company, account.USHER_KEY_ID, account.USHER_SECRET, patience=1)
    with pytest.raises(ReadTimeoutError):
        hasty.get_user(UserName="alice.martin")


@pytest.fixture(scope="session")
def wiki(company: Company) -> Any:
    """The wiki's SCIM with Usher's token."""
    settings = company.environment()
    headers = {"Authorization": f"Bearer {settings['USHER_ATLAS_TOKEN']}"}
    with httpx.Client(base_url=settings["USHER_ATLAS_URL"], headers=headers) as api:
        yield api


def test_a_wiki_account_is_switched_off_and_on(company: Company, wiki: httpx.Client) -> None:
    """An account is found by its e-mail, switched off in place, and nobody else's changes."""
    found = wiki.get("/Users", params={"filter": 'userName eq "alice.martin@lumen.example"'}).json()["Resources"]
    alice = next(link for link in company.links() if (link.person_id, link.system) == ("P-004", "atlas"))
    assert [user["id"] for user in found] == [alice.native_id]
    for active in (False, True):
        operation = {"op": "replace", "path": "active", "value": active}
        wiki.patch(f"/Users/{alice.native_id}", json={"schemas": [PATCH], "Operations": [operation]})
        assert wiki.get(f"/Users/{alice.native_id}").json()["active"] is active
        everybody = wiki.get("/Users", params={"count": 100}).json()["Resources"]
        assert [user["active"] for user in everybody if user["id"] != alice.native_id] == [True] * 12
    assert [write["operation"] for write in company.log("atlas")] == [f"PATCH /v2/Users/{alice.native_id}"] * 2


def test_the_wiki_wants_its_token(company: Company) -> None:
    """Without the bearer token nothing is shown."""
    assert httpx.get(company.environment()["USHER_ATLAS_URL"] + "/Users").status_code == 401


def test_alice_is_among_the_editors(company: Company, wiki: httpx.Client) -> None:
    """Groups are found by their member."""
    alice = next(link.native_id for link in company.links() if (link.person_id, link.system) == ("P-004", "atlas"))
    groups = wiki.get("/Groups", params={"filter": f'members.value eq "{alice}"'}).json()["Resources"]
    assert [group["displayName"] for group in groups] == ["Editors"]


def test_usher_contains_alice_in_the_database_and_reaches_nothing_else(company: Company) -> None:
    """No login, no role, no session; Usher reads no order, becomes nobody, and cannot touch the superuser."""
    address = company.environment()["USHER_ORDERSDB_DSN"]
    port = company.systems["ordersdb"].port
    sessions = "SELECT pid FROM pg_stat_activity WHERE usename = 'alice_m'"
    with psycopg.connect(address, autocommit=True) as usher:
        assert len(usher.execute(sessions).fetchall()) == 2
        for forbidden in ("SELECT * FROM orders", "SET ROLE alice_m", "ALTER ROLE postgres NOLOGIN"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                usher.execute(forbidden)
        usher.execute("ALTER ROLE alice_m NOLOGIN")
        usher.execute("REVOKE orders_write FROM alice_m")
        usher.execute(f"SELECT pg_terminate_backend(pid, 2000) FROM ({sessions}) AS open")
        assert usher.execute(sessions).fetchall() == []
        row = usher.execute("SELECT pg_has_role('alice_m', 'orders_write', 'member')").fetchone()
        assert row == (False,)
    with pytest.raises(psycopg.OperationalError, match="not permitted to log in"):
        psycopg.connect(ordersdb.dsn(port, ordersdb.ALICE, ordersdb.ALICE_PASSWORD))
    with psycopg.connect(ordersdb.dsn(port, "ben_o", "practice-password"), autocommit=True) as ben:
        ben.execute("UPDATE orders SET paid = true WHERE id = 1")
    told = [entry["operation"] for entry in company.log("ordersdb")]
    assert [said for said in told if said.endswith(("alice_m", "NOLOGIN"))][-2:] == [
        "ALTER ROLE alice_m NOLOGIN",
        "REVOKE orders_write FROM alice_m",
    ]
    assert told.count("terminating connection due to administrator command") == 2


def test_every_system_says_whose_account_is_whose(company: Company) -> None:
    """Alice Martin has one account in each system, and Alice Marten has others."""
    links = company.links()
    alice = [(link.system, link.label) for link in links if link.person_id == people.person("alice").id]
    assert dict(alice) == {
        "github": "alice-m",
        "aws": "alice.martin",
        "atlas": "alice.martin@lumen.example",
        "ordersdb": "alice_m",
    }
    natives = [(link.system, link.native_id) for link in links]
    assert len(natives) == len(set(natives))
