"""Twenty AWS accounts are read in the depth of one: counted in calls that wait for another, never in seconds."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from bot.engine.sight import read_all
from tests.bench.aws_20 import CHAIN
from tests.connectors.aws_twenty import NUMBERS, PATIENCE, Rounds, Twenty, links
from tests.connectors.contract import NOW

LISTS = 9  # what IAM lists of one user
TRAIL = 2  # what she did lately: where IAM has its home, and in our region
FIRST = len(NUMBERS) * (2 + LISTS + TRAIL)  # who we are, whose name it is, and all of these at the same time


def test_reading_twenty_accounts_waits_for_six_calls_in_a_row() -> None:
    """All accounts at once, inside each whatever needs no other answer; CloudTrail one question after the other."""
    gate: list[Rounds] = []
    cloud = Twenty(lambda name: gate[0].arrive(name) if gate else None)
    connector = cloud.connector()
    read_all(connector, links(connector), NOW)  # opens the accounts
    gate.append(Rounds())
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(read_all, connector, links(connector), NOW + timedelta(hours=1))
        rounds = [gate[0].let(FIRST)]
        rounds.append(gate[0].let(len(NUMBERS) * 5))  # use of a key, own policy, two of the group, the next question
        rounds.append(gate[0].let(len(NUMBERS) * 2))  # the policy of the group
        rounds.append(gate[0].let(len(NUMBERS) * 2))  # its text
        rounds.extend(gate[0].let(len(NUMBERS)) for _ in range(CHAIN - 4))
        seen = reading.result(timeout=PATIENCE)
    assert len(seen.account.items) == len(NUMBERS)
    assert seen.grants.complete
    assert rounds[-1] == ["LookupEvents"] * len(NUMBERS)
    assert [one.count("GetCallerIdentity") for one in rounds] == [len(NUMBERS), *[0] * (CHAIN - 1)]


def test_accounts_are_opened_once_however_many_readings_ask() -> None:
    """Our role is taken on once in each account, at the same time in all."""
    gate = Rounds()
    cloud = Twenty(lambda name: gate.arrive(name) if name == "AssumeRole" else None)
    connector = cloud.connector()
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(read_all, connector, links(connector), NOW)
        assert gate.let(len(NUMBERS)) == ["AssumeRole"] * len(NUMBERS)
        assert reading.result(timeout=PATIENCE).account.complete
    assert cloud.calls.count("AssumeRole") == len(NUMBERS)
