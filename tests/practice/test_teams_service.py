"""The practice Bot Framework is as strict as the real one: what it takes, Teams takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jwt
import pytest

from bot.practice.teams.login import rotate
from bot.practice.teams.service import Service, activity, serve, sign
from bot.practice.teams.tenant import Human, Said, TeamSeed, Tenant, channel_id
from tests.practice.people import WEB

HANNA, BEN = Human("hanna-id", "Hanna Lindqvist"), Human("ben-id", "Ben Okafor", installed=False)
ROOM = channel_id("People team", "offboarding")


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    """A tenant with one team."""
    made = serve(Tenant((HANNA, BEN), (TeamSeed("People team", (HANNA.id,), ("offboarding",)),)))
    yield made
    made.stop()


def let_in(service: Service) -> dict[str, str]:
    """The headers of a bot that has a token."""
    ours = service.tenant
    asked = {"grant_type": "client_credentials", "scope": "https://api.botframework.com/.default"}
    asked |= {"client_id": ours.app_id, "client_secret": ours.password}
    token = WEB.post(f"{service.login}/{ours.id}/oauth2/v2.0/token", data=asked).json()["access_token"]
    return {"Authorization": f"Bearer {token}"}


def call(service: Service, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
    """One call of the Connector, with a token unless other headers are given."""
    known = let_in(service) if headers is None else headers
    return WEB.request(method, f"{service.connector}v3/{path}", json=body, headers=known)


def said(service: Service, text: str = "Hello") -> str:
    """The id of a message of the bot in the channel."""
    answer = call(service, "POST", f"conversations/{ROOM}/activities", {"type": "message", "text": text})
    return str(answer.json()["id"])


def test_nobody_speaks_without_a_token_of_today(service: Service) -> None:
    """None, a wrong one and one that has ended are refused, and so is whoever comes by another name of this machine."""
    for headers in ({}, {"Authorization": "Bearer made-up"}):
        assert call(service, "GET", f"conversations/{ROOM}/pagedmembers", headers=headers).status_code == 401
    headers = let_in(service)
    service.tenant.tokens.update(dict.fromkeys(service.tenant.tokens, 0.0))
    assert call(service, "GET", f"conversations/{ROOM}/pagedmembers", headers=headers).status_code == 401
    foreign = {**let_in(service), "Host": "evil.example"}
    assert call(service, "GET", f"conversations/{ROOM}/pagedmembers", headers=foreign).status_code == 403
    with pytest.raises(ValueError, match="is served on"):
        serve(Tenant(()), host="0.0.0.0")  # noqa: S104 (refused)


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({}, 400),
        ({"bot": {"id": "28:other"}}, 400),
        ({"members": [{"id": HANNA.id}, {"id": BEN.id}], "isGroup": True}, 400),
        ({"members": [{"id": HANNA.id}], "tenantId": "other"}, 400),
        ({"members": [{"id": "nobody"}]}, 400),
        ({"members": [{"id": BEN.id}]}, 403),
        ({"members": [{"id": HANNA.account}]}, 201),
        ({"channelData": {"channel": {"id": ROOM}}}, 400),
        ({"channelData": {"channel": {"id": "19:no@thread.tacv2"}}, "activity": {"type": "message", "text": "x"}}, 404),
    ],
)
def test_a_bot_begins_only_what_teams_lets_it_begin(service: Service, asked: dict[str, Any], status: int) -> None:
    """A chat with one person who has it installed, or a thread in a channel; no group chat, nothing elsewhere."""
    usual = {"bot": {"id": service.tenant.bot}, "tenantId": service.tenant.id}
    assert call(service, "POST", "conversations", usual | asked).status_code == status


def test_a_bot_changes_its_own_messages_alone(service: Service) -> None:
    """What people wrote stays; what is not there cannot be changed; what was taken away is gone."""
    mine = said(service)
    theirs = service.tenant.number()
    service.tenant.conversations[ROOM].said.append(_by_hanna(theirs))
    body = {"type": "message", "text": "changed"}
    at = f"conversations/{ROOM}/activities"
    assert call(service, "PUT", f"{at}/{mine}", body).status_code == 200
    assert call(service, "PUT", f"{at}/{theirs}", body).status_code == 403
    assert call(service, "PUT", f"{at}/1", body).status_code == 404
    assert call(service, "DELETE", f"{at}/{mine}").status_code == 200
    assert call(service, "PUT", f"{at}/{mine}", body).status_code == 404


def _by_hanna(number: str) -> Said:
    return Said(number, HANNA.account, {"type": "message", "text": "mine"})


def test_a_message_is_small_and_says_something(service: Service) -> None:
    """Too large, empty, of another type, no JSON, or with a card that Teams would not draw: refused with its word."""
    at = f"conversations/{ROOM}/activities"
    card = {"contentType": "application/vnd.microsoft.card.adaptive", "content": {"type": "AdaptiveCard"}}
    service.tenant.lint = lambda _card: ["no version"]
    try:
        for body, status in (
            ({"type": "message", "text": "x" * 30_000}, 413),
            ({"type": "message", "text": " "}, 400),
            ({"type": "typing"}, 400),
            ([], 400),
            ({"type": "message", "attachments": [card]}, 400),
        ):
            assert call(service, "POST", at, body).status_code == status
    finally:
        service.tenant.lint = lambda _card: ()
    assert call(service, "POST", f"{at}/{said(service)}", {"type": "message", "text": "a reply"}).status_code == 201


def test_people_of_a_conversation_are_told_apart(service: Service) -> None:
    """Each with the id of the directory beside the one that only this bot sees."""
    one = call(service, "GET", f"conversations/{ROOM}/members/{HANNA.account}").json()
    assert (one["aadObjectId"], one["id"]) == (HANNA.id, HANNA.account)
    assert call(service, "GET", f"conversations/{ROOM}/members/{BEN.id}").status_code == 404
    assert call(service, "GET", "teams/19:no").status_code == 404
    assert call(service, "GET", "teams/19:no/conversations").status_code == 404


def test_what_the_bot_hears_is_signed_with_a_published_key(service: Service) -> None:
    """For this bot, for this service, for an hour; after a change of keys the old one is published no more."""
    tenant = service.tenant
    happened = activity(tenant, HANNA, tenant.personal(HANNA.id), "message", text="offboard")
    header = sign(tenant, happened)
    claims = _read(service, header)
    assert (claims["aud"], claims["serviceurl"]) == (tenant.app_id, service.connector)
    assert "exp" not in jwt.decode(sign(tenant, happened, exp=None)[7:], options={"verify_signature": False})
    service.call(rotate, tenant)
    with pytest.raises(StopIteration):
        _read(service, header)
    assert _read(service, sign(tenant, happened))["iss"] == "https://api.botframework.com"


def _read(service: Service, header: str) -> dict[str, Any]:
    known = WEB.get(service.openid).json()
    token = header.removeprefix("Bearer ")
    kid = jwt.get_unverified_header(token)["kid"]
    key = next(one for one in WEB.get(known["jwks_uri"]).json()["keys"] if one["kid"] == kid)
    assert key["endorsements"] == ["msteams"]
    claims: dict[str, Any] = jwt.decode(
        token, jwt.PyJWK(key, "RS256").key, algorithms=["RS256"], audience=service.tenant.app_id, issuer=known["issuer"]
    )
    return claims


def graph(service: Service, path: str, body: Any, headers: dict[str, str] | None = None) -> int:
    """What Microsoft Graph answers to a call."""
    if headers is None:
        ours = service.tenant
        asked = {"grant_type": "client_credentials", "scope": "https://graph.microsoft.com/.default"}
        asked |= {"client_id": ours.app_id, "client_secret": ours.password}
        token = WEB.post(f"{service.login}/{ours.id}/oauth2/v2.0/token", data=asked).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
    return int(WEB.request("POST", f"{service.graph}/{path}", json=body, headers=headers).status_code)


def member(native_id: str, **more: Any) -> dict[str, Any]:
    """Somebody, as Graph wants them named."""
    usual = {"@odata.type": "#microsoft.graph.aadUserConversationMember", "roles": ["owner"]}
    return usual | {"user@odata.bind": f"https://graph.microsoft.com/v1.0/users('{native_id}')"} | more


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({}, 201),
        ({"chatType": "oneOnOne"}, 400),
        ({"members": [member(HANNA.id)]}, 400),
        ({"members": [member(HANNA.id), member(HANNA.id)]}, 400),
        ({"members": [member(HANNA.id), member(BEN.id, roles=[])]}, 400),
        ({"members": [member(HANNA.id), {"user@odata.bind": "users/x"}]}, 400),
        ({"members": [member(HANNA.id), member("nobody")]}, 404),
    ],
)
def test_an_app_makes_group_chats_as_graph_describes_them(service: Service, asked: dict[str, Any], status: int) -> None:
    """Two people or more, each with a type, a role and a place in the directory; the Connector's token is none."""
    usual = {"chatType": "group", "topic": "Usher OFF-1", "members": [member(HANNA.id), member(BEN.id)]}
    assert graph(service, "chats", usual | asked) == status
    assert graph(service, "chats", usual | asked, let_in(service)) == 401


def test_an_app_is_in_a_chat_it_made_only_once_it_was_installed(service: Service) -> None:
    """Until then it neither speaks there nor lets anybody in; each of these takes a permission of its own."""
    graph(service, "chats", {"chatType": "group", "members": [member(HANNA.id), member(BEN.id)]})
    chat = next(one for one in reversed(service.tenant.conversations.values()) if one.kind == "groupChat")
    hello, at = {"type": "message", "text": "Hello"}, f"conversations/{chat.id}/activities"
    app = {"teamsApp@odata.bind": f"https://graph.microsoft.com/v1.0/appCatalogs/teamsApps/{service.tenant.catalog}"}
    assert call(service, "POST", at, hello).status_code == 403
    assert graph(service, f"chats/{chat.id}/members", member(BEN.id)) == 403
    assert graph(service, f"chats/{chat.id}/installedApps", {"teamsApp@odata.bind": "another"}) == 404
    assert graph(service, f"chats/{ROOM}/installedApps", app) == 404
    assert [graph(service, f"chats/{chat.id}/installedApps", app) for _ in range(2)] == [201, 409]
    assert call(service, "POST", at, hello).status_code == 201
    assert graph(service, f"chats/{chat.id}/members", member(BEN.id)) == 409
    chat.members.remove(BEN.id)
    assert graph(service, f"chats/{chat.id}/members", member(BEN.id)) == 201
    rights, service.tenant.rights = service.tenant.rights, set()
    try:
        for path in ("chats", f"chats/{chat.id}/installedApps", f"chats/{chat.id}/members"):
            assert graph(service, path, {}) == 403
    finally:
        service.tenant.rights = rights
