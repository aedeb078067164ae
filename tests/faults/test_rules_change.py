"""The company's files change while requests run: what has begun keeps its rules, and nothing lent is left behind."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

import pytest

from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState
from bot.domain.model import Entitlement, Grant, Wave
from bot.engine import control
from bot.engine.approve import approve
from bot.engine.setup import keep_rules
from bot.engine.start import start_due
from bot.practice.company.people import FILES
from bot.runbooks import Mistakes
from bot.store import versions
from tests.fakes.town import ALICE_CODE, HANNA, INES, MARCO, Town
from tests.stories import lends
from tests.stories.acts import asked, finish, wait

FRIDAY = {"when": "later", "day": "2026-11-27", "time": "17:00"}
RUNBOOK = "runbooks/leaver.yaml"


def texts(*, without: str = "") -> Mapping[str, str]:
    """The company's files, perhaps without one system and what is offered there."""
    policy = (FILES / "policy.yaml").read_text(encoding="utf-8")
    if without:
        policy = re.sub(rf"^  {without}:\n(?:    .*\n)+", "", policy, flags=re.MULTILINE)
        policy = policy[: policy.index("\naccess:")] + "\n"
    return {"policy.yaml": policy, RUNBOOK: (FILES / RUNBOOK).read_text(encoding="utf-8")}


def rewritten(town: Town) -> None:
    """The company writes both files anew: other deadlines, and three who must agree."""
    found = texts()
    policy = found["policy.yaml"].replace("quorum: 2", "quorum: 3")
    runbook = re.sub(r"contain: \d+", "contain: 77", found[RUNBOOK])
    assert runbook != found[RUNBOOK]
    assert set(keep_rules(town.engine.db, {"policy.yaml": policy, RUNBOOK: runbook}, town.now)) == set(found)


def test_fault_50_what_was_approved_runs_by_the_rules_it_began_with(town: Town) -> None:
    """Approved by two on Monday, both files change on Tuesday, the work on Friday is Monday's; the next one is new."""
    asked(town, **FRIDAY)
    before = town.view()
    town.press(MARCO, "approve")
    rewritten(town)
    town.press(INES, "approve")  # two are enough, as they were when they were asked
    town.work()
    assert town.request().state is RequestState.SCHEDULED
    wait(town, timedelta(days=4, hours=9))
    start_due(town.engine, town.now)
    town.work()
    view = town.view()
    assert view.request.state is RequestState.RUNNING
    assert (view.request.policy_version, view.request.runbook_version) == (
        before.request.policy_version,
        before.request.runbook_version,
    )
    assert view.runbook.deadlines[Wave.CONTAIN] == before.runbook.deadlines[Wave.CONTAIN] != 77
    finish(town)
    assert town.request().state is RequestState.CLOSED
    with town.engine.db.look() as tx:
        assert town.engine.policy(tx)[1].approvals[before.request.trigger].quorum == 3
        assert versions.newest(tx, RUNBOOK) != before.request.runbook_version


def test_fault_50_a_plan_that_changed_is_asked_about_again(town: Town) -> None:
    """Another time is another plan: the yes to the first one decides nothing, whoever presses the old button."""
    asked(town, **FRIDAY)
    old = town.request().digest
    approve(town.engine, "OFF-101", old, MARCO, town.now, yes=True)
    rewritten(town)
    control.reschedule(town.engine, "OFF-101", HANNA, town.now + timedelta(days=9), town.now)
    with pytest.raises(Refused, match="plan changed"):
        approve(town.engine, "OFF-101", old, INES, town.now, yes=True)
    fresh = town.request()
    assert (fresh.state, fresh.quorum) == (RequestState.AWAITING_APPROVAL, 2)
    assert approve(town.engine, "OFF-101", fresh.digest, INES, town.now, yes=True).missing == 1


def test_fault_50_what_appeared_after_the_yes_joins_by_the_old_rules(town: Town) -> None:
    """A team she got since is read at the start, and ends with the rest, however the files look by then."""
    asked(town, **FRIDAY)
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    town.work()
    rewritten(town)
    town.github.grants.append(Grant(ALICE_CODE, Entitlement("team:9", "team", "late")))
    wait(town, timedelta(days=4, hours=9))
    start_due(town.engine, town.now)
    town.work()
    finish(town)
    assert town.github.grants == []


def test_fault_61_a_system_does_not_go_while_access_in_it_is_lent(town: Town) -> None:
    """The change is refused and says how many are left, the last good files stay, and later the system may go."""
    lends.given(town)
    with pytest.raises(Mistakes, match=r"aws cannot go: access in it is lent once \(ACC-101\)"):
        keep_rules(town.engine.db, texts(without="aws"), town.now)
    with town.engine.db.look() as tx:
        assert "aws" in town.engine.policy(tx)[1].systems
    lends.pass_time(town, timedelta(hours=3))
    assert lends.access(town).request.state is RequestState.CLOSED
    keep_rules(town.engine.db, texts(without="aws"), town.now)
    with town.engine.db.look() as tx:
        assert "aws" not in town.engine.policy(tx)[1].systems


def test_fault_61_an_offboarding_that_began_ends_in_a_system_that_went(town: Town) -> None:
    """It keeps the version in which the system stands, and what it has to end there ends."""
    asked(town, **FRIDAY)
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    town.work()
    keep_rules(town.engine.db, texts(without="aws"), town.now)
    wait(town, timedelta(days=4, hours=9))
    start_due(town.engine, town.now)
    town.work()
    assert town.aws.account.active is False
    assert town.aws.grants == []


def test_fault_61_a_system_does_not_lose_its_connector_while_access_in_it_is_lent(town: Town) -> None:
    """Without its connector nobody takes it back when its time is over."""
    lends.given(town)
    task = "    tasks: {leaver: {title: Look there, how: Look there.}}\n"
    found = dict(texts())
    found["policy.yaml"] = found["policy.yaml"].replace("    connector: aws\n", task)
    found["policy.yaml"] = found["policy.yaml"][: found["policy.yaml"].index("\naccess:")] + "\n"
    with pytest.raises(Mistakes, match="aws cannot go"):
        keep_rules(town.engine.db, found, town.now)
