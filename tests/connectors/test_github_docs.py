"""The page for whoever sets GitHub up says what the code needs: the same names, the same levels, nothing else."""

from __future__ import annotations

import json
import re
from pathlib import Path

from bot.practice.company.github import seed
from connectors.github.rights import RIGHTS
from tests.connectors.github_world import World, world

__all__ = ["world"]

TOP = Path(__file__).parents[2]
PAGE = (TOP / "docs/connectors/github.md").read_text()
PERMISSIONS = json.loads((TOP / "connectors/github/permissions.json").read_text())


def _highest() -> dict[str, str]:
    """The level of each permission that some ability needs."""
    found: dict[str, str] = {}
    for one in RIGHTS:
        found[one.title] = "write" if "write" in {one.level, found.get(one.title)} else one.level
    return found


def test_the_table_of_permissions_is_what_the_code_needs() -> None:
    """Neither grows alone."""
    rows = re.findall(r"^\| ([^|]+) \| (read|write) \|", PAGE, flags=re.MULTILINE)
    assert dict(rows) == _highest()


def test_what_is_needed_at_all_is_marked_so() -> None:
    """An admin who leaves one of these out reads beforehand that nothing will work."""
    for one in RIGHTS:
        row = next(line for line in PAGE.splitlines() if line.startswith(f"| {one.title} |"))
        if one.needed:
            assert "not ready" in row


def test_an_app_with_exactly_these_permissions_is_ready_and_has_none_too_many(world: World) -> None:
    """The list to paste works, against the practice company's GitHub."""
    world.org.installations[0].permissions = dict(PERMISSIONS["app"])
    check = world.as_app().check()
    assert check.ready
    assert not check.excessive
    assert not check.cannot
    assert not check.limits
    world.connector = world.as_app()
    assert all(part.complete for part in (world.read().grants, world.read().credentials, world.read().made))


def test_the_scopes_for_a_token_are_the_ones_it_is_ready_with(world: World) -> None:
    """Those that are needed make it ready; each further one is named on the page."""
    held = set(PERMISSIONS["token"]["classic"])
    world.org.tokens[seed.TOKEN].scopes = frozenset(held)
    assert world.connector.check().ready
    assert all(f"`{one.scope}`" in PAGE for one in RIGHTS if one.scope)
