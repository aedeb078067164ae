"""Which accounts somebody should look at, and what is not known about them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.model import Account, PersonId
from bot.domain.strays import Activity, Finding, Holder, activity, findings
from tests.domain.things import ALICE, NOW

HERE = Holder(PersonId("P-004"), confirmed=True, works=True)
BUSY = replace(ALICE, last_active=NOW - timedelta(days=1))


@pytest.mark.parametrize(
    ("account", "holder", "found"),
    [
        (BUSY, HERE, ()),
        (BUSY, None, (Finding.ORPHAN,)),
        (BUSY, replace(HERE, confirmed=False), (Finding.PROPOSED,)),
        (BUSY, replace(HERE, works=False), (Finding.LEFT,)),
        (replace(BUSY, service=True), HERE, (Finding.SERVICE,)),
        (replace(BUSY, service=True), None, (Finding.SERVICE, Finding.ORPHAN)),
        (replace(BUSY, last_active=NOW - timedelta(days=90)), HERE, ()),
        (replace(BUSY, last_active=NOW - timedelta(days=91)), HERE, (Finding.IDLE,)),
        (replace(BUSY, last_active=NOW - timedelta(days=91)), None, (Finding.ORPHAN, Finding.IDLE)),
        (replace(ALICE, used=False), HERE, (Finding.NEVER,)),
        (ALICE, HERE, ()),
        (replace(ALICE, active=None), None, (Finding.ORPHAN,)),
        (replace(ALICE, active=False), None, ()),
    ],
)
def test_what_is_odd_about_an_account(account: Account, holder: Holder | None, found: tuple[Finding, ...]) -> None:
    """Nobody's, proposed, of somebody who left, a machine's, idle for more than 90 days; a locked one is at rest."""
    assert findings(account, holder, NOW) == found


def test_unknown_is_not_never() -> None:
    """A vendor that tells nothing is not a vendor that says: never."""
    assert activity(ALICE) is Activity.UNKNOWN
    assert activity(replace(ALICE, used=False)) is Activity.NEVER
    assert activity(BUSY) is Activity.KNOWN


def test_how_long_is_idle_can_be_chosen() -> None:
    """A month for some companies."""
    account = replace(ALICE, last_active=NOW - timedelta(days=31))
    assert findings(account, HERE, NOW, timedelta(days=30)) == (Finding.IDLE,)
