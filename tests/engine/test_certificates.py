"""Whatever systems show, hide or refuse on the way, a certificate names as seen only what was seen whole."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.store import Database
from tests.fakes.memory import Memory, down
from tests.fakes.town import Town
from tests.stories.later import certificates, gone, later, ticks


def fine(_system: Memory) -> None:
    """It shows everything."""


def hides(system: Memory) -> None:
    """It shows no keys."""
    system.blind = "The list of keys is closed."


def fails(system: Memory) -> None:
    """It answers nothing for long."""
    system.faults = [down() for _ in range(50)]


def stumbles(system: Memory) -> None:
    """It fails once, and then answers."""
    system.faults = [down()]


DAYS: dict[str, Callable[[Memory], None]] = {"fine": fine, "hides": hides, "fails": fails, "stumbles": stumbles}
WHOLE = {"fine", "stumbles"}


@pytest.fixture(scope="module")
def left(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company that Alice has left, on a database to be copied."""
    path = tmp_path_factory.mktemp("left") / "usher.sqlite3"
    path.write_bytes(migrated_sqlite.read_bytes())
    return path


@settings(max_examples=4, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(list(DAYS)), st.sampled_from(list(DAYS))), min_size=1, max_size=2))
def test_no_mixture_of_bad_days_ends_in_a_certificate_that_claims_too_much(
    left: Path, days: list[tuple[str, str]]
) -> None:
    """Day by day the systems behave as they like: what was hidden or down that day is in no list of what was seen.

    S1-2, S3-10
    """
    with TemporaryDirectory() as folder:
        path = Path(folder) / "usher.sqlite3"
        path.write_bytes(left.read_bytes())
        with closing(Database(f"sqlite:///{path}")) as db:
            town = gone(Town(db))
            for at, (code, cloud) in zip((1.01, 6, 23), days, strict=False):
                known = len(certificates(town))
                for system, way in ((town.github, code), (town.aws, cloud)):
                    system.blind, system.faults = "", []
                    DAYS[way](system)
                later(town, at)
                for _ in range(3):
                    town.pass_time(timedelta(minutes=2))
                    ticks(town)
                fresh = certificates(town)[known:]
                seen = {key for one in fresh for key in one.facts["seen"]}
                missing = {key for one in fresh for key, _part, _why in one.facts["unseen"]}
                assert fresh
                assert seen == {key for key, way in (("github", code), ("aws", cloud)) if way in WHOLE}
                assert not seen & missing
