"""Every IAM user there is, twenty thousand of them: page by page, none kept, with the last use where AWS tells."""

from __future__ import annotations

import gc
import weakref
from datetime import UTC, datetime
from typing import Any

from bot.domain.model import SystemKey
from connectors.aws import survey
from connectors.aws.accounts import Accounts
from connectors.aws.wire import Api
from connectors.interface import Kind
from tests.connectors.aws_practice import settings
from tests.connectors.contract import error_of

MANY, PAGE = 20_000, 100
ABOUT = {"RequestId": "practice"}
HEAD = "user,user_creation_time,password_enabled,password_last_used,access_key_1_active,access_key_1_last_used_date"
KINDS = (
    "2026-01-02T03:04:05+00:00,true,2026-10-01T08:00:00+00:00,true,2026-11-20T09:00:00+00:00",  # the key came later
    "2026-01-02T03:04:05+00:00,true,no_information,true,N/A",  # never
    "2010-01-02T03:04:05+00:00,false,N/A,true,N/A",  # from before AWS recorded use
    "2026-01-02T03:04:05+00:00,false,N/A,false,N/A",  # nothing to sign in with: whatever was used is deleted
)


class Page(dict[str, Any]):
    """A page that can be watched."""

    def __hash__(self) -> int:  # type: ignore[override]
        """By itself, not by what it says."""
        return id(self)


class Crowd:
    """An IAM with twenty thousand users, in pages; it knows how many of its pages somebody still holds."""

    def __init__(self, breaks_at: int = MANY) -> None:
        self.held: weakref.WeakSet[Page] = weakref.WeakSet()
        self.most = 0
        self.breaks_at = breaks_at

    def generate_credential_report(self) -> dict[str, Any]:
        """It is there."""
        return {"State": "COMPLETE", "ResponseMetadata": ABOUT}

    def get_credential_report(self) -> dict[str, Any]:
        """A line for each user but the last."""
        lines = (f"user{number},{KINDS[number % len(KINDS)]}" for number in range(MANY - 1))
        return {"Content": "\n".join((HEAD, *lines)).encode(), "ResponseMetadata": ABOUT}

    def get_account_authorization_details(self, Filter: list[str], Marker: str = "0") -> Page:  # noqa: N803
        """A hundred of them."""
        first = int(Marker)
        numbers = range(first, first + PAGE)
        users = [{"UserId": f"AIDA{n}", "UserName": f"user{n}", "Arn": f"arn:aws:iam::1:user/user{n}"} for n in numbers]
        more = {"IsTruncated": True, "Marker": str(first + PAGE)} if first + PAGE < MANY else {"IsTruncated": False}
        if first >= self.breaks_at:
            more = {"IsTruncated": True}  # half an answer
        page = Page(UserDetailList=users, ResponseMetadata=ABOUT, **more)
        self.held.add(page)
        self.most = max(self.most, len(self.held))
        return page


def listing(crowd: Crowd) -> Any:
    """All accounts of one AWS account with these users."""
    known = Accounts(settings("http://127.0.0.1:1"), 1)
    known._apis[""] = Api(lambda _service, _region: crowd)  # noqa: SLF001  the account itself is ours to make up
    return survey.accounts(known, SystemKey("aws"))


def test_twenty_thousand_users_are_listed_and_no_more_than_two_pages_are_ever_held() -> None:
    """None is left out or told twice; memory does not grow with the company."""
    crowd = Crowd()
    gc.disable()  # only what nobody refers to may go
    try:
        ids = {account.native_id for account in listing(crowd)}
    finally:
        gc.enable()
    assert len(ids) == MANY
    assert crowd.most <= 2


def test_never_used_is_told_apart_from_not_known() -> None:
    """The latest of password and keys counts; who is missing from AWS's report is unknown."""
    every = list(listing(Crowd()))
    told = [(one.last_active, one.used) for one in (*every[:4], every[-1])]
    last = datetime(2026, 11, 20, 9, tzinfo=UTC)
    assert told == [(last, True), (None, False), (None, None), (None, None), (None, None)]


def test_a_list_that_breaks_off_in_the_middle_is_no_list() -> None:
    """Half of the users would make the others look unknown to AWS."""
    assert error_of(lambda: list(listing(Crowd(breaks_at=10 * PAGE)))).kind is Kind.TRANSIENT
