"""`app.py requests`: the list of every request at a terminal."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.domain.lifecycle import RequestState
from bot.domain.model import PersonId, RequestId, Trigger
from bot.domain.request import Request
from bot.store import Database, records
from tests.cli.hands import app


def test_the_list_shows_what_is_late_and_nothing_about_its_reader(furnished: dict[str, str]) -> None:
    """In columns, for who may see it; what is about the reader is not even counted (S0-10, S4-12)."""
    begun = datetime.now(UTC) - timedelta(days=9)
    hers = Request(
        id=RequestId("OFF-101"),
        trigger=Trigger.LEAVER,
        state=RequestState.AWAITING_APPROVAL,
        requester=PersonId("P-001"),
        subject=PersonId("P-004"),
        starts_at=begun + timedelta(days=4),
        immediate=False,
        voluntary=True,
        reason="private",
        note="",
        created_at=begun,
        policy_version=1,
        runbook_version=1,
        approvers=(PersonId("P-003"),),
    )
    with closing(Database(furnished["USHER_DATABASE_URL"])) as db, db.begin() as tx:
        records.add(tx, hers)
        records.add(tx, replace(hers, id=RequestId("OFF-102"), subject=PersonId("P-002")))
    shown = app("requests", "--by", "P-002", "--late", **furnished)
    assert shown.returncode == 0, shown.stderr
    assert "OFF-101  offboarding  Alice Martin  waiting for approval  waits for Marco Rossi  late by" in shown.stdout
    assert "1 request is open, 1 of them is late; 0 ended in the last 30 days." in shown.stdout
    assert "OFF-102" not in shown.stdout
    refused = app("requests", "--by", "P-008", **furnished)
    assert refused.returncode == 1
    assert "You may not see the list of all requests." in refused.stdout
    assert "OFF-" not in refused.stdout
