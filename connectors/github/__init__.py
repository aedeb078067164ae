"""GitHub: one organisation of github.com or of an Enterprise Server."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.domain.model import (
    Account,
    Assign,
    Change,
    Disable,
    Enable,
    HandOver,
    Link,
    Reading,
    Revoke,
    SystemKey,
    account_of,
)
from connectors.github import changes, facts, reading
from connectors.github.scopes import excess, lack
from connectors.github.wire import NAME, PUBLIC, Api, Row
from connectors.interface import Check, ConnectorError, Kind, Outcome, Secrets, Spec
from connectors.wire.together import side_by_side

SPEC = Spec(
    SystemKey("github"),
    NAME,
    can=frozenset({Revoke, Assign, Disable, Enable, HandOver}),
    secrets=("ORG", "TOKEN"),
    about="Organisation membership, teams, repository roles, invitations, deploy keys and repository administration.",
    concurrency=20,  # GitHub allows a hundred calls at the same time; more only queue up on its side
)


def connect(key: SystemKey, name: str, secrets: Secrets) -> GitHub:
    """The connector of one organisation; speaks to nobody yet. Raises ConnectorError naming a missing setting."""
    spec = replace(SPEC, key=key, name=name)
    url = secrets.get("URL", PUBLIC)
    return GitHub(spec, Api(url, secrets.need("TOKEN"), secrets.need("ORG"), spec.concurrency))


class GitHub:
    """One organisation, through the account of our token, which is one of its owners."""

    def __init__(self, spec: Spec, api: Api) -> None:
        self.spec = spec
        self._api = api
        self._own: Row | None = None

    def check(self) -> Check:
        """Whether the token is accepted, belongs to an owner of the organisation, and may do enough but not more."""
        try:
            own = self._api.sure("/user")
            org = self._api.get(f"/orgs/{self._api.org}")
            member = self._api.get(f"/orgs/{self._api.org}/memberships/{own.body['login']}")
        except ConnectorError as error:
            return Check(ready=False, missing=(error.said,))
        owner = member.found and member.body.get("role") == "admin" and member.body.get("state") == "active"
        missing = lack(own.headers, self._api.org, found=org.found, owner=owner)
        return Check(not missing, missing, excess(own.headers))

    def read(self, link: Link, now: datetime) -> Reading:
        """Everything this account reaches. Raises ConnectorError."""
        return reading.read(self._api, self.spec.key, link, now)

    def apply(self, change: Change) -> Outcome:
        """Make it so, never touching the account of our own token. Raises ConnectorError."""
        own = self._ourselves()
        if account_of(change).native_id == str(own["id"]):
            said = f"This is the {NAME} account that Usher itself works with; it must not change itself."
            raise ConnectorError(said, kind=Kind.PERMANENT)
        return changes.apply(self._api, self.spec, change, own)

    def find(self, email: str) -> tuple[Account, ...]:
        """Members whose public e-mail is this one; mostly none, because few show theirs. Raises ConnectorError."""
        hits = self._api.send("GET", "/search/users", params={"q": f"{email} in:email"}).body
        rows = hits.get("items", ()) if isinstance(hits, dict) else ()
        inside = side_by_side(self._member, rows, at_once=self._api.at_once)
        return tuple(
            facts.account(self.spec.key, row, active=True)
            for row in inside
            if row and str(row.get("email") or "").casefold() == email.casefold()
        )

    def _member(self, row: Row) -> Row | None:
        """The profile of a search hit, if the account is a member; the hit itself does not show the e-mail."""
        if not self._api.get(f"/orgs/{self._api.org}/memberships/{row['login']}").found:
            return None
        profile = self._api.get(f"/user/{row['id']}")
        return profile.body if profile.found else None

    def _ourselves(self) -> Row:
        """The account of our token, asked once: a token never changes its owner."""
        if self._own is None:
            self._own = self._api.sure("/user").body
        return self._own
