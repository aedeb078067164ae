"""GitHub: every account there is, whole or not at all."""

from __future__ import annotations

import itertools

import pytest

from bot.practice.company.github import depth, seed
from bot.practice.company.github.state import Member, User
from connectors.interface import ConnectorError, Kind, Lists
from tests.connectors.contract import error_of
from tests.connectors.github_world import World, world

__all__ = ["world"]


def _lists(world: World) -> Lists:
    assert isinstance(world.connector, Lists)
    return world.connector


def test_members_people_outside_and_invitations_are_all_named(world: World) -> None:
    """Also those of nobody on the roster; whom the audit log names has a last activity, others are unknown."""
    world.connector = world.as_app()
    found = {one.native_id: one for one in _lists(world).accounts()}
    assert {str(one) for one in world.org.members} <= found.keys()
    assert {str(depth.CONTRACTOR), str(seed.PRIYA)} <= found.keys()
    assert found[str(seed.ALICE)].last_active is not None
    assert found[str(depth.CONTRACTOR)].last_active is not None
    assert found[str(depth.NOBODY)].last_active is None


def test_a_token_without_the_audit_log_names_them_all_the_same(world: World) -> None:
    """Unknown is not never."""
    found = list(_lists(world).accounts())
    assert len(found) >= len(world.org.members) + 2
    assert {one.last_active for one in found} == {None}


def test_a_large_organisation_comes_page_by_page(world: World) -> None:
    """The first name is there after the first page, and none is left out."""
    for number in range(41000, 41350):
        world.org.users[number] = User(number, f"person-{number}", "Somebody")
        world.org.members[number] = Member()
    before = world.server.ledger.calls
    stream = _lists(world).accounts()
    assert len(list(itertools.islice(stream, 5))) == 5
    assert world.server.ledger.calls - before <= 4
    assert len({one.native_id for one in stream}) >= 345


def test_half_a_list_is_no_list(world: World) -> None:
    """Whoever stops at the second page is told so."""
    with world.fault("GET /orgs/lumen-works/outside_collaborators", status=500), pytest.raises(ConnectorError):
        list(_lists(world).accounts())


def test_who_is_no_owner_lists_nobody(world: World) -> None:
    """A member is shown the public ones only."""
    world.connector = world.connect(token="practice-alice-token")
    assert error_of(lambda: list(_lists(world).accounts())).kind is Kind.PERMISSION
