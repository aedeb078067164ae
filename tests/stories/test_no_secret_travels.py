"""What a system says when it fails is shown to people and kept for years: no token travels on with it."""

from __future__ import annotations

from datetime import timedelta

from bot.chat.report import render
from connectors.interface import ConnectorError, Kind
from tests.cli.test_logs import CANARIES
from tests.fakes.town import INES, MARCO, Town, words


def test_no_token_of_a_failing_system_reaches_rows_or_people(town: Town) -> None:
    """Readings and changes fail with every shape of secret in their words.

    Journal, notices, steps, cards and the report hold none of them (S0-31, S1-19, S2-20).
    """
    shapes = [secret for name, secret in CANARIES.items() if "shapeless" not in name]
    failing: list[Exception] = [ConnectorError(f"It refused {secret} and gave up.") for secret in shapes]
    town.github.faults = failing[: len(failing) // 2]
    town.offboard()
    town.work()
    for _ in range(12):
        town.pass_time(timedelta(minutes=20))
        town.work()
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    town.aws.faults = failing[len(failing) // 2 :]
    town.github.faults = [ConnectorError(f"No: {shapes[0]}", kind=Kind.PERMISSION)]
    for _ in range(16):
        town.pass_time(timedelta(hours=2))
        town.work()
    assert not town.aws.faults
    seen = "\n".join([*everything(town), *(words(card) for _, _, card in town.ears.posts.values())])
    page = render(town.view(), made_for="Hanna Lindqvist", now=town.now)
    assert "[secret]" in seen
    for where in (seen, page):
        assert "anary" not in where
        assert "Q0FOQVJZ" not in where


def everything(town: Town) -> list[str]:
    """Every row of every table, as text."""
    from bot.store import metadata  # noqa: PLC0415

    with town.engine.db.look() as tx:
        return [str(tuple(row)) for table in metadata.sorted_tables for row in tx.execute(table.select())]
