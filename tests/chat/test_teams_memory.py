"""Where Usher may write in Teams is kept in our own tables, as plain values, for as long as it is so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.chat.teams_memory import place_of, placed
from bot.engine import places
from bot.engine.context import Engine
from bot.engine.inline import Inline
from bot.practice.teams.service import activity
from bot.practice.teams.tenant import Human, TeamSeed, Tenant, channel_id
from bot.store import Database
from bot.store.places import Kind

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
HANNA = Human("0B1EC702-0000-4000-8000-000000000000", "Hanna Lindqvist")
TENANT = Tenant((HANNA,), (TeamSeed("People team", (HANNA.id,), ("offboarding",)),))
TEAM = channel_id("People team", "General")


def happened(kind: str, where: str = "", **more: Any) -> dict[str, Any]:
    """What Teams sends when Hanna does something in her own chat, or in a conversation."""
    place = TENANT.conversations[where] if where else TENANT.personal(HANNA.id)
    return activity(TENANT, HANNA, place, kind, **more)


def test_a_chat_is_remembered_from_the_first_word_until_it_is_taken_away(db: Database) -> None:
    """Nothing but ids and an address is kept; whoever takes Usher away is not written to there any more."""
    engine = Engine(db, {}, Inline())
    said = happened("message", text="offboard")
    placed(engine, said, NOW)
    placed(engine, said, NOW + timedelta(days=1))
    found = places.personal(engine, HANNA.id.lower())
    assert found is not None
    assert (found.id, found.kind) == (TENANT.personal(HANNA.id).id, Kind.PERSONAL)
    assert found.reference == {"service_url": TENANT.service_url, "tenant": TENANT.id}
    placed(engine, happened("installationUpdate", action="remove"), NOW)
    assert places.personal(engine, HANNA.id.lower()) is None
    placed(engine, happened("installationUpdate", action="add"), NOW)
    assert places.personal(engine, HANNA.id.lower()) == found


def test_a_team_is_remembered_with_its_name_whatever_is_said_in_it(db: Database) -> None:
    """A message in a channel does not say the team's name; what was known stays, and a new name replaces it."""
    engine = Engine(db, {}, Inline())
    channel = channel_id("People team", "offboarding")
    placed(engine, happened("conversationUpdate", channel, membersAdded=[{"id": TENANT.bot}]), NOW)
    nameless = happened("message", channel)
    nameless["channelData"]["team"] = {"id": TEAM}
    placed(engine, nameless, NOW)
    (team,) = places.of_kind(engine, Kind.TEAM)
    assert (team.id, team.name, team.reference["group"]) == (TEAM, "People team", TENANT.teams[TEAM].group)
    renamed = happened("conversationUpdate", channel, channelData={"team": {"id": TEAM, "name": "People & culture"}})
    placed(engine, renamed, NOW)
    assert places.of_kind(engine, Kind.TEAM)[0].name == "People & culture"
    placed(engine, happened("conversationUpdate", channel, membersRemoved=[{"id": HANNA.account}]), NOW)
    assert places.place(engine, TEAM) is not None
    placed(engine, happened("conversationUpdate", channel, membersRemoved=[{"id": TENANT.bot}]), NOW)
    assert places.of_kind(engine, Kind.TEAM) == ()


def test_a_deleted_team_is_forgotten(db: Database) -> None:
    """Teams says so once."""
    engine = Engine(db, {}, Inline())
    placed(engine, happened("conversationUpdate", TEAM), NOW)
    placed(
        engine,
        happened("conversationUpdate", TEAM, channelData={"team": {"id": TEAM}, "eventType": "teamDeleted"}),
        NOW,
    )
    assert places.of_kind(engine, Kind.TEAM) == ()


def test_what_is_not_as_it_should_be_is_no_place() -> None:
    """Neither a program in a personal chat, nor a conversation of no kind, nor nonsense."""
    group = TENANT.group("OFF-7", [HANNA.id])
    found = place_of(activity(TENANT, HANNA, group, "message"))
    assert found is not None
    assert (found.kind, found.name) == (Kind.GROUP, "OFF-7")
    for odd in (
        {},
        {"conversation": "a:1", "from": 3, "channelData": []},
        happened("message") | {"from": {"id": "28:other"}},
        happened("message") | {"conversation": {"id": "a:1", "conversationType": "other"}},
        happened("message", TEAM) | {"channelData": {"team": {"id": 7}}},
    ):
        assert place_of(odd) is None
