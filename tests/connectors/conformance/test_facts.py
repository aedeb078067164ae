"""What stands beside a connector is so: its reading, its capabilities and what they ran against, seen in its worlds."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing

import pytest

import connectors
from bot.domain.model import Change
from bot.domain.reading import Completeness, Reading
from connectors.interface import Ground, Lists
from tests.connectors.conformance.life import given_back
from tests.connectors.conformance.world import Stage, world, worlds
from tests.connectors.contract import PARTS

ORDER = tuple(Completeness)  # the best first


@pytest.mark.parametrize("system", connectors.names())
def test_what_a_connector_declares_is_what_its_worlds_show(system: str) -> None:
    """Each capability ran where PROVEN says, each part is seen as it says, and every connector has a world."""
    mine = [name for name in worlds() if name.partition("-")[0] == system]
    assert mine, f"a connector needs tests/connectors/{system}/world.py"
    spec, proven = connectors.described(system)
    assert set(proven.on) == {*spec.can, *proven.only}
    assert not set(proven.on) & set(proven.absent) - set(proven.only)
    ran: dict[type[Change], set[Ground]] = {kind: set() for kind in proven.on}
    readings = []
    for name in mine:
        with closing(Stage(world(name))) as stage:
            readings.append(stage.clean)
            assert isinstance(stage.world.connector, Lists) is proven.lists
            for kind in {*_asked(stage), *stage.world.also}:
                ran[kind] |= stage.world.ground
    assert {kind: set(on) for kind, on in proven.on.items()} == ran
    assert {part: proven.sees.get(part, Completeness.COMPLETE) for part in PARTS} == _best(readings)


def _asked(stage: Stage) -> set[type[Change]]:
    every = (*stage.changes, *(back for change in stage.changes if (back := given_back(stage, change))))
    return {type(change) for change in every}


def _best(readings: Iterable[Reading]) -> dict[str, Completeness]:
    seen = {part: {getattr(reading, part).seen for reading in readings} for part in PARTS}
    return {part: min(found, key=ORDER.index) for part, found in seen.items()}
