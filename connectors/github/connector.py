"""GitHub: one organisation of github.com or of an Enterprise Server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bot.domain.model import Account, Change, Link, account_of
from bot.domain.reading import Reading
from connectors.github import changes, facts, guides, listing, membership, reading, rights
from connectors.github.wire import NAME, Api, Row, rows_of
from connectors.interface import Check, ConnectorError, Guide, Kind, Outcome, Spec
from connectors.wire.together import side_by_side

NOT_HERE = f"There is no {NAME} at the address in the setting URL. It ends in /api/v3 for an Enterprise Server."


class GitHub:
    """One organisation, through the account of our token, which is one of its owners."""

    def __init__(self, spec: Spec, api: Api) -> None:
        self.spec = spec
        self._api = api

    def check(self) -> Check:
        """Whether our credential is accepted, sees all, and may do enough but not more."""
        try:
            place = self._api.signing.place()
            return self._check_token() if place is None else self._check_app(place)
        except ConnectorError as error:
            return Check(ready=False, missing=(error.said,))

    def _check_token(self) -> Check:
        own = self._api.get("/user")
        if not own.found:
            return Check(ready=False, missing=(NOT_HERE,))
        org = self._api.get(self._api.home)
        member = self._api.get(f"{self._api.home}/memberships/{own.body['login']}")
        owner = member.found and member.body.get("role") == "admin" and member.body.get("state") == "active"
        held = rights.scopes(own.headers)
        missing = rights.lack(held, self._api.org, found=org.found, owner=owner)
        server, above = self._api.server, bool(self._api.enterprise)
        return Check(
            not missing,
            missing,
            rights.excess(held or (), server=server, enterprise=above),
            rights.cannot(held, server=server),
            rights.limits(held, None),
        )

    def _check_app(self, place: Row) -> Check:
        self._api.sure(self._api.home)  # the first call with a token of the app's: its key and its place work
        permissions = place["permissions"]
        missing = rights.app_lack(permissions)
        if place.get("repository_selection") != "all":
            missing += ("The app is installed on some repositories only; choose All repositories.",)
        return Check(
            not missing,
            missing,
            rights.app_excess(permissions),
            rights.cannot(None, server=self._api.server),
            rights.limits(None, permissions),
        )

    def read(self, link: Link, now: datetime) -> Reading:
        """Everything this account reaches. Raises ConnectorError."""
        return reading.read(self._api, self.spec.key, link, now, goes_on=True)

    def prove(self, link: Link, now: datetime) -> Reading:
        """The same without what goes on, which is more than thirty calls. Raises ConnectorError."""
        return reading.read(self._api, self.spec.key, link, now, goes_on=False)

    def apply(self, change: Change) -> Outcome:
        """Make it so, never touching the account of our own token. Raises ConnectorError."""
        if account_of(change).native_id == str(self._api.own()["id"]):
            said = f"This is the {NAME} account that Usher itself works with; it must not change itself."
            raise ConnectorError(said, kind=Kind.PERMANENT)
        return changes.apply(self._api, self.spec, change)

    def find(self, email: str) -> tuple[Account, ...]:
        """Members whose public e-mail is this one; mostly none, because few show theirs. Raises ConnectorError."""
        hits = self._api.send("GET", "/search/users", params={"q": f"{email} in:email", "per_page": 100})
        rows = rows_of(hits, "items")
        if hits.body.get("incomplete_results") or int(hits.body.get("total_count") or 0) > len(rows):
            raise ConnectorError(f"{NAME} did not search everything.", kind=Kind.TRANSIENT)
        inside = side_by_side(self._member, rows, at_once=self._api.at_once)
        return tuple(
            facts.account(self.spec.key, row, active=True)
            for row in inside
            if row and str(row.get("email") or "").casefold() == email.casefold()
        )

    def by_hand(self, change: Change) -> Guide | None:
        """How a person does this on GitHub's own pages; asks nobody."""
        return guides.by_hand(self._api.signing.site, self._api.org, change)

    def comes_back(self, change: Change) -> str:
        """What giving a membership back brings, and what it does not; asks nobody."""
        return membership.comes_back(change, server=self._api.server)

    def accounts(self) -> Iterator[Account]:
        """Members, people outside, invitations, page by page. Raises ConnectorError, also in the middle."""
        return listing.accounts(self._api, self.spec.key)

    def _member(self, row: Row) -> Row | None:
        """The profile of a search hit, if the account is a member; the hit itself does not show the e-mail."""
        if not self._api.get(f"/orgs/{self._api.org}/memberships/{row['login']}").found:
            return None
        profile = self._api.get(f"/user/{row['id']}")
        return profile.body if profile.found else None
