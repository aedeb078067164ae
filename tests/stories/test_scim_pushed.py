"""A sign-in service pushes its accounts to us: it gets the answers of RFC 7644, and HR hears who is switched off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from bot.domain.scim import ENTERPRISE, ERROR, LIST, PATCH, USER
from bot.store import people
from tests.fakes.town import ALICE, HANNA, Town
from tests.stories.heard import heard, leavers, questions, states, trusting
from tests.stories.pushing import scim, served

OFF = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "active", "value": False}]}
ENTRA_OFF = {"schemas": [PATCH], "Operations": [{"op": "Replace", "path": "active", "value": "False"}]}
OKTA_OFF = {"schemas": [PATCH], "Operations": [{"op": "replace", "value": {"active": False}}]}


@pytest.fixture
def client(town: Town) -> Iterator[TestClient]:
    """The sign-in service."""
    with served(town) as found:
        yield found


def user(name: str = "alice.martin@lumen.example", **more: object) -> dict[str, Any]:
    """A user as a sign-in service writes it."""
    return {"schemas": [USER], "userName": name, "active": True, **more}


def made(client: TestClient, **more: object) -> str:
    """The id of a new user."""
    status, found = scim(client, "POST", "Users", user(**more))  # type: ignore[arg-type]
    assert status == 201
    return str(found["id"])


@pytest.mark.parametrize("message", [OFF, ENTRA_OFF, OKTA_OFF])
def test_an_account_that_is_switched_off_asks_hr(client: TestClient, town: Town, message: object) -> None:
    """In each of the three ways that large services write it; HR chooses the day, for there is none in it (S1-8)."""
    key = made(client)
    assert questions(town) == []
    status, found = scim(client, "PATCH", f"Users/{key}", message)
    assert (status, found["active"]) == (200, False)
    heard(town)
    (card,) = questions(town)
    assert (
        card.text
        == "The sign-in service says that the account of Alice Martin was switched off. Does Alice Martin leave?"
    )
    scim(client, "PATCH", f"Users/{key}", message)
    heard(town)
    assert len(states(town)) == 1
    assert "Type the full name" in repr(town.press(HANNA, "signal_other"))


def test_a_deleted_account_is_a_signal_and_gone_for_the_service(client: TestClient, town: Town) -> None:
    """204, then 404; deleted again it is not there, and nobody is asked twice."""
    key = made(client)
    assert scim(client, "DELETE", f"Users/{key}") == (204, None)
    assert scim(client, "GET", f"Users/{key}")[0] == 404
    assert scim(client, "DELETE", f"Users/{key}")[0] == 404
    heard(town)
    assert len(questions(town)) == 1
    assert leavers(town) == []
    assert made(client)  # the name may be used again


def test_switched_on_again_takes_the_question_back(client: TestClient, town: Town) -> None:
    """A mistake of the service, corrected a minute later."""
    key = made(client)
    scim(client, "PUT", f"Users/{key}", user(active=False))
    heard(town)
    scim(client, "PUT", f"Users/{key}", user(active=True))
    heard(town)
    assert "no longer so" in questions(town)[0].text


def test_an_account_of_nobody_we_know_is_a_question_of_who(client: TestClient, town: Town) -> None:
    """Only when it is switched off: a service pushes many accounts that are no business of HR."""
    key = made(client, name="someone@else.example")
    heard(town)
    assert town.direct(HANNA) == []
    scim(client, "DELETE", f"Users/{key}")
    heard(town)
    assert "someone@else.example was switched off: no people in the roster" in repr(town.direct(HANNA)[-1])


def test_the_service_finds_what_it_pushed(client: TestClient) -> None:
    """By userName in any letters, by externalId; page by page; an unknown filter is refused as RFC 7644 says."""
    first = made(client, externalId="P-004")
    for number in range(3):
        made(client, name=f"u{number}@lumen.example")
    status, found = scim(client, "GET", 'Users?filter=userName eq "ALICE.MARTIN@lumen.example"')
    assert (status, found["schemas"], found["totalResults"]) == (200, [LIST], 1)
    assert found["Resources"][0]["id"] == first
    assert found["Resources"][0]["meta"]["location"] == f"https://usher.example/scim/v2/Users/{first}"
    assert scim(client, "GET", 'Users?filter=externalId eq "P-004"')[1]["totalResults"] == 1
    assert scim(client, "GET", 'Users?filter=userName eq "nobody"')[1] == {
        "schemas": [LIST],
        "totalResults": 0,
        "startIndex": 1,
        "itemsPerPage": 0,
        "Resources": [],
    }
    page = scim(client, "GET", "Users?startIndex=2&count=2")[1]
    assert (page["totalResults"], page["startIndex"], page["itemsPerPage"]) == (4, 2, 2)
    assert scim(client, "GET", 'Users?filter=title co "x"')[1]["scimType"] == "invalidFilter"
    assert scim(client, "GET", "Users?count=many")[1]["scimType"] == "invalidValue"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "kind"),
    [
        ("POST", "Users", user(), 409, "uniqueness"),
        ("POST", "Users", {"schemas": [USER]}, 400, "invalidValue"),
        ("POST", "Users", [], 400, "invalidSyntax"),
        ("POST", "Users", b"{", 400, "invalidSyntax"),
        ("POST", "Users", user("b", active="perhaps"), 400, "invalidValue"),
        ("GET", "Users/none", None, 404, None),
        ("PATCH", "Users/{key}", {}, 400, "invalidSyntax"),
        ("PATCH", "Users/{key}", {"Operations": [{"op": "move"}]}, 400, "invalidSyntax"),
        ("PATCH", "Users/{key}", {"Operations": [{"op": "replace", "value": 1}]}, 400, "noTarget"),
        ("PATCH", "Users/{key}", {"Operations": [{"op": "replace", "path": "id", "value": "x"}]}, 400, "mutability"),
        ("PATCH", "Users/{key}", {"Operations": [{"op": "replace", "path": "[", "value": 1}]}, 400, "invalidPath"),
        ("PATCH", "Users/{key}", {"Operations": [{"op": "remove", "path": "userName"}]}, 400, "invalidValue"),
        ("GET", "Groups", None, 404, None),
        ("DELETE", "Users", None, 405, None),
        ("POST", "Schemas", None, 405, None),
    ],
)
def test_mistakes_are_answered_as_the_standard_says(
    client: TestClient, method: str, path: str, body: object, status: int, kind: str | None
) -> None:
    """The status, the word for it, and a sentence; nothing is changed."""
    key = made(client)
    code, found = scim(client, method, path.replace("{key}", key), body)
    assert (code, found.get("scimType"), found["status"], found["schemas"]) == (status, kind, str(status), [ERROR])
    assert scim(client, "GET", f"Users/{key}")[1]["userName"] == "alice.martin@lumen.example"


@pytest.mark.parametrize("token", ["", "wrong", "a token that the sign-in service has, of this stor"])
def test_without_the_token_nothing_is_answered(client: TestClient, town: Town, token: str) -> None:
    """Not even what we can do."""
    assert scim(client, "GET", "ServiceProviderConfig", token=token)[0] == 401
    assert scim(client, "POST", "Users", user(), token=token)[0] == 401
    assert states(town) == []


def test_the_service_learns_what_we_can(client: TestClient) -> None:
    """ServiceProviderConfig, ResourceTypes and Schemas, each by itself too."""
    config = scim(client, "GET", "ServiceProviderConfig")[1]
    assert config["patch"]["supported"]
    assert config["filter"] == {"supported": True, "maxResults": 200}
    assert [one["id"] for one in scim(client, "GET", "ResourceTypes")[1]["Resources"]] == ["User"]
    assert [one["id"] for one in scim(client, "GET", "Schemas")[1]["Resources"]] == [USER, ENTERPRISE]
    assert scim(client, "GET", f"Schemas/{USER}")[1]["name"] == "User"
    assert scim(client, "GET", "ResourceTypes/User")[1]["endpoint"] == "/Users"
    assert scim(client, "GET", "ResourceTypes/Group")[0] == 404


def test_a_password_is_never_kept(client: TestClient) -> None:
    """Some services push one; we answer and store the user without it."""
    key = made(client, password="hunter2-hunter2")
    assert "hunter2" not in repr(scim(client, "GET", f"Users/{key}"))
    scim(client, "PATCH", f"Users/{key}", {"Operations": [{"op": "add", "path": "password", "value": "hunter2"}]})
    assert "hunter2" not in repr(scim(client, "GET", f"Users/{key}"))


CHANGES = {
    "Operations": [
        {"op": "replace", "path": "title", "value": "Principal engineer"},
        {"op": "replace", "path": "displayName", "value": "Alice Moreau"},
        {"op": "add", "path": f"{ENTERPRISE}:department", "value": "Platform"},
        {"op": "replace", "path": 'emails[type eq "work"].value', "value": "alice.moreau@lumen.example"},
    ]
}


@pytest.mark.parametrize("updates", ["", "[title, department]", "[name, email, title, department]"])
def test_the_roster_is_changed_only_where_policy_says_so(client: TestClient, town: Town, updates: str) -> None:
    """Nothing without a word in policy; else exactly what it names."""
    if updates:
        trusting(town, f"\nsignals:\n  scim:\n    updates: {updates}\n")
    key = made(client, externalId="P-004")
    scim(client, "PATCH", f"Users/{key}", CHANGES)
    with town.engine.db.look() as tx:
        alice = people.every(tx)[ALICE]
    assert alice.title == ("Principal engineer" if "title" in updates else "Senior engineer")
    assert alice.department == ("Platform" if "department" in updates else "Engineering")
    assert alice.name == ("Alice Moreau" if "name" in updates else "Alice Martin")
    assert alice.email == ("alice.moreau@lumen.example" if "email" in updates else "alice.martin@lumen.example")


def test_an_address_of_somebody_else_is_not_taken_over(client: TestClient, town: Town) -> None:
    """The service gives Alice the address of Ben: the roster stays as it is."""
    trusting(town, "\nsignals:\n  scim:\n    updates: [email]\n")
    key = made(client, externalId="P-004")
    wrong = {"Operations": [{"op": "replace", "path": "emails", "value": [{"value": "ben@lumen.example"}]}]}
    assert scim(client, "PATCH", f"Users/{key}", wrong)[0] == 200
    with town.engine.db.look() as tx:
        assert people.every(tx)[ALICE].email == "alice.martin@lumen.example"


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
)
PLACES = [
    "active",
    "emails",
    'emails[type eq "work"].value',
    "name.givenName",
    f"{ENTERPRISE}:department",
    ENTERPRISE,
    "x",
]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(op=st.sampled_from(["add", "replace", "remove"]), path=st.sampled_from(PLACES) | st.text(max_size=9), value=ANY)
@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_no_operation_breaks_it(client: TestClient, op: str, path: str, value: object) -> None:
    """Whatever is pushed: 200 or 400, and the user is still a user."""
    found = scim(client, "GET", 'Users?filter=userName eq "x@lumen.example"')[1]["Resources"]
    key = found[0]["id"] if found else made(client, name="x@lumen.example")
    body = {"Operations": [{"op": op, "path": path, "value": value}]}
    assert scim(client, "PATCH", f"Users/{key}", body)[0] in {200, 400}
    scim(client, "PUT", f"Users/{key}", user("x@lumen.example"))
    assert scim(client, "GET", f"Users/{key}")[1]["userName"] == "x@lumen.example"
