"""GitHub, against the practice company's server: what a leaver loses, what comes back, and what must never happen."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from werkzeug.wrappers import Request, Response

from bot.domain.model import (
    Account,
    Assign,
    Completeness,
    Disable,
    Enable,
    Entitlement,
    Grant,
    HandOver,
    Reading,
    Revoke,
    SystemKey,
)
from bot.practice.company import github as practice
from bot.practice.company import hosting
from bot.practice.company.github import seed
from bot.practice.company.github.state import Member, User
from bot.practice.company.wire import Fault
from connectors import github
from connectors.interface import Connector, ConnectorError, Kind, Result, Secrets
from tests.connectors.contract import NOW, Contract, error_of, link_to

KEY = SystemKey("github")
ALICE, BEN, PRIYA, INES, BOT = (str(one) for one in (seed.ALICE, seed.BEN, seed.PRIYA, seed.INES, seed.BOT))


class World:
    """A GitHub of our own with the connector on it."""

    def __init__(self, server: practice.GitHub) -> None:
        self.server = server
        self.org = server.org
        self.secrets = (seed.TOKEN, "tok-nobody-gave-out")
        self.connector: Connector = self.connect()
        self.link = link_to(self.connector, ALICE, "alice-m")
        self.unlinked = link_to(self.connector, "48888", "alice-m")

    def connect(self, token: str = seed.TOKEN, url: str = "") -> Connector:
        """The connector with other settings."""
        values = {"URL": url or self.server.url, "ORG": seed.LOGIN, "TOKEN": token}
        return github.connect(KEY, "GitHub", Secrets(values))

    def others(self) -> dict[str, object]:
        """Everything everybody but Alice has, straight from the server's memory."""
        org = self.org
        return {
            str(one): (
                repr(org.members.get(one)),
                sorted((team.slug, team.members[one]) for team in org.teams.values() if one in team.members),
                sorted((repo.name, repo.direct[one]) for repo in org.repos.values() if one in repo.direct),
                sorted(key.title for repo in org.repos.values() for key in repo.keys if key.added_by == user.login),
            )
            for one, user in org.users.items()
            if one not in {seed.ALICE, seed.BOT}
        }

    def accept(self) -> None:
        """Alice accepts what she was invited to."""
        practice.state.accept(self.org, seed.ALICE)

    def refused(self) -> Connector:
        """A token GitHub never gave out."""
        return self.connect(token="tok-nobody-gave-out")

    def unreachable(self) -> Connector:
        """A port where nobody listens."""
        return self.connect(url="http://127.0.0.1:9")

    @contextmanager
    def garbled(self) -> Iterator[None]:
        """Maintenance."""
        with self.fault(html=True):
            yield

    @contextmanager
    def fault(self, match: str = ".*", times: int = 0, **how: object) -> Iterator[None]:
        """While it lasts, calls that match go wrong in this way."""
        self.server.ledger.faults.append(Fault(match, times=times, **how))  # type: ignore[arg-type]
        yield
        self.server.ledger.faults.clear()

    def read(self, native_id: str = ALICE) -> Reading:
        """A fresh reading of one account."""
        return self.connector.read(link_to(self.connector, native_id, "whoever"), NOW)

    def grant(self, entitlement: str, native_id: str = ALICE) -> Grant:
        """One grant of a fresh reading."""
        return next(one for one in self.read(native_id).grants.items if one.entitlement.native_id == entitlement)

    def changed(self) -> list[str]:
        """The writes GitHub accepted."""
        return [write.operation for write in self.server.ledger.changes()]


@pytest.fixture
def world() -> Iterator[World]:
    """Lumen Works on GitHub, new for every test."""
    server = practice.start()
    yield World(server)
    server.stop()


class TestGitHub(Contract):
    """What every connector owes."""

    @pytest.fixture
    def harness(self, world: World) -> World:
        """Alice's organisation."""
        return world


# ---- reading ----


def test_alice_is_read_with_everything_she_reaches(world: World) -> None:
    """Membership, teams with their role, her own repository and the key she made for the build."""
    reading = world.read()
    assert {one.entitlement.native_id: one.entitlement.kind for one in reading.grants.items} == {
        "org:lumen-works": "organisation member",
        "team:60001": "team",
        "team:60002": "team maintainer",
        "repo:50001:admin": "repository role",
    }
    assert [one.label for one in reading.account.items] == ["alice-m"]
    assert reading.account.items[0].active
    assert "write on payments-api, write on web-shop" in reading.grants.items[1].entitlement.why
    (key,) = reading.made.items
    assert (key.label, key.kind, key.personal, key.used) == ("ci-payments on payments-api", "deploy key", False, True)
    assert key.detail.startswith("read-write ssh-ed25519 AAAA")
    assert key.last_used is not None


def test_only_alice_administers_payments_and_it_was_pushed_to_yesterday(world: World) -> None:
    """Whoever approves sees that it is in use and who could take it over; an owner's reach does not count."""
    (asset,) = world.read().assets.items
    assert (asset.native_id, asset.label, asset.sole_admin) == ("repo:50001", "payments-api", True)
    assert asset.admins == (ALICE,)
    assert {one.label for one in asset.candidates} == {"marco-rossi", "ines-f", "bokafor"}
    assert asset.last_actor == "alice-m"
    assert asset.last_activity is not None
    carried = {one.entitlement.native_id: one.entitlement.carries for one in world.read().grants.items}
    assert carried["org:lumen-works"] == carried["repo:50001:admin"] == ("repo:50001",)


def test_tokens_of_a_person_are_not_claimed_to_be_absent(world: World) -> None:
    """Nobody can list them, so the reading says so instead of showing an empty list."""
    reading = world.read()
    assert reading.credentials.seen is Completeness.NOT_PERMITTED
    assert reading.sessions.seen is Completeness.NOT_APPLICABLE
    assert not reading.credentials.items


def test_an_owner_holds_a_privileged_membership(world: World) -> None:
    """Ines owns the organisation; her reach over every repository is no administration of any."""
    reading = world.read(INES)
    membership = reading.grants.items[0].entitlement
    assert membership.privileged
    assert membership.kind == "organisation owner"
    assert not reading.assets.items


def test_a_team_that_administers_makes_its_members_administrators(world: World) -> None:
    """Ben reaches the settings of web-shop through his team, so he is not alone with it, and the team is privileged."""
    world.org.teams["payments"].repos["web-shop"] = "admin"
    reading = world.read(BEN)
    team = next(one.entitlement for one in reading.grants.items if one.entitlement.native_id == "team:60001")
    assert team.privileged
    assert team.carries == ("repo:50002",)
    (asset,) = reading.assets.items
    assert set(asset.admins) == {ALICE, BEN, "40003"}
    assert not asset.sole_admin


def test_write_for_every_member_makes_the_membership_privileged(world: World) -> None:
    """Where the organisation gives everybody write, being in it is no small thing."""
    world.org.base = "write"
    assert world.grant("org:lumen-works").entitlement.privileged


def test_a_contractor_outside_the_organisation_is_read_and_removed_by_their_own_way(world: World) -> None:
    """Priya is no member: her repository and her place outside are read, and one call ends all of it."""
    outside, repo = world.read(PRIYA).grants.items
    assert (outside.entitlement.native_id, repo.entitlement.native_id) == ("outside:lumen-works", "repo:50002:write")
    assert world.connector.apply(Revoke(outside)).result is Result.APPLIED
    assert world.changed() == ["DELETE /orgs/lumen-works/outside_collaborators/priya-shah"]
    assert not world.read(PRIYA).grants.items
    assert not world.read(PRIYA).account.items
    assert world.connector.apply(Revoke(outside)).result is Result.ALREADY
    assert error_of(lambda: world.connector.apply(Assign(outside))).retry
    assert world.connector.apply(Assign(repo)).result is Result.PENDING
    practice.state.accept(world.org, seed.PRIYA)
    assert world.connector.apply(Assign(outside)).result is Result.ALREADY


def test_open_invitations_are_access_that_has_not_begun(world: World) -> None:
    """An invitation is shown as one, and withdrawing it works for the organisation and for a repository."""
    world.org.users[41000] = User(41000, "newcomer", "New Comer")
    practice.state.invite(world.org, 41000, "member", seed.BOT)
    world.org.repos["reports"].invited[41000] = "write"
    reading = world.read("41000")
    assert [one.entitlement.kind for one in reading.grants.items] == ["invitation", "invitation"]
    assert reading.account.items[0].active is False
    for grant in reversed(reading.grants.items):
        assert world.connector.apply(Revoke(grant)).result is Result.APPLIED
        assert world.connector.apply(Revoke(grant)).result is Result.ALREADY
    assert not world.read("41000").grants.items
    assert not world.org.repos["reports"].invited


def test_a_long_list_is_read_to_its_end(world: World) -> None:
    """Two hundred and fifty owners before her and as many keys: a cut list would hide the last ones."""
    for number in range(41000, 41250):
        world.org.users[number] = User(number, f"person-{number}", "Somebody")
        world.org.members[number] = Member("admin" if number < 41249 else "member")
    world.org.members[49998] = world.org.members.pop(seed.INES)
    world.org.users[49998] = world.org.users[seed.INES]
    assert world.read("41248").grants.items[0].entitlement.privileged


def test_a_renamed_account_is_found_by_its_number(world: World) -> None:
    """Alice changed her name on GitHub since she was linked; the change reaches her all the same."""
    team = world.grant("team:60001")
    world.org.users[seed.ALICE].login = "alice-the-great"
    assert world.read().account.items[0].label == "alice-the-great"
    assert world.connector.apply(Revoke(team)).result is Result.APPLIED
    assert seed.ALICE not in world.org.teams["payments"].members


def test_whoever_took_over_an_old_name_is_not_touched(world: World) -> None:
    """Alice's account is gone and somebody else took the name alice-m: their access stays, hers reads as empty."""
    grants, key = world.read().grants.items, world.read().made.items[0]
    world.org.users[45555] = replace(world.org.users.pop(seed.ALICE), id=45555)
    world.org.members[45555] = world.org.members.pop(seed.ALICE)
    for team in world.org.teams.values():
        if seed.ALICE in team.members:
            team.members[45555] = team.members.pop(seed.ALICE)
    payments = world.org.repos["payments-api"]
    payments.direct[45555] = payments.direct.pop(seed.ALICE)
    reading = world.read()
    assert not reading.account.items
    assert reading.grants.complete
    assert not reading.made.complete
    assert {world.connector.apply(Revoke(grant)).result for grant in grants} == {Result.ALREADY}
    assert error_of(lambda: world.connector.apply(Assign(grants[0]))).kind is Kind.GONE
    assert world.changed() == []
    assert 45555 in world.org.members
    assert world.connector.apply(Disable(key)).result is Result.APPLIED


def test_a_link_without_a_number_is_refused(world: World) -> None:
    """A login is no identity; it is not even looked up."""
    assert error_of(lambda: world.read("alice-m")).kind is Kind.PERMANENT


def test_a_repository_that_hides_its_keys_makes_the_part_partial(world: World) -> None:
    """What could not be seen is named, and nothing is concluded from it."""
    with world.fault("GET /repos/lumen-works/web-shop/keys", status=403):
        made = world.read().made
    assert made.seen is Completeness.PARTIAL
    assert "web-shop" in made.why


def test_a_token_that_is_shown_no_private_repository_proves_nothing(world: World) -> None:
    """Without the scope repo the list is just shorter: nothing is complete, and nothing there counts as gone."""
    repo, (key,) = world.grant("repo:50001:admin"), world.read().made.items
    world.org.tokens[seed.TOKEN].scopes = frozenset({"admin:org"})
    reading = world.read()
    assert {reading.grants.seen, reading.made.seen, reading.assets.seen} == {Completeness.PARTIAL}
    for change in (Revoke(repo), Disable(key)):
        error = error_of(lambda change=change: world.connector.apply(change))  # type: ignore[misc]
        assert error.kind is Kind.PERMISSION
        assert "scope repo" in error.said
    assert any("scope repo" in line for line in world.connector.check().missing)


# ---- changes ----


def test_removing_a_member_goes_through_the_memberships_address(world: World) -> None:
    """That address also cancels an invitation; the other one does not."""
    grant = world.grant("org:lumen-works")
    outcome = world.connector.apply(Revoke(grant))
    assert outcome.result is Result.APPLIED
    assert outcome.evidence[0].startswith("x-github-request-id ")
    assert world.changed() == ["DELETE /orgs/lumen-works/memberships/alice-m"]


def test_the_last_owner_stays(world: World) -> None:
    """With Ines gone only our own account would own the organisation, so she is refused before any call."""
    grant = world.grant("org:lumen-works", INES)
    error = error_of(lambda: world.connector.apply(Revoke(grant)))
    assert error.kind is Kind.PERMANENT
    assert "last owner" in error.said
    assert world.changed() == []
    world.org.members[seed.SARA].role = "admin"
    assert world.connector.apply(Revoke(grant)).result is Result.APPLIED
    world.accept()


def test_github_itself_refusing_the_last_owner_is_told_with_the_permission(world: World) -> None:
    """Should two removals race, GitHub's own refusal arrives as a sentence and is not retried."""
    world.org.members[seed.SARA].role = "admin"
    grant = world.grant("org:lumen-works", INES)
    with world.fault("DELETE", status=403):
        error = error_of(lambda: world.connector.apply(Revoke(grant)))
    assert error.kind is Kind.PERMISSION
    assert "admin:org" in error.said


def test_an_owner_who_comes_back_is_an_owner_again(world: World) -> None:
    """The role is kept with the grant; and giving a plain membership never takes ownership away."""
    world.org.members[seed.ALICE].role = "admin"
    grant = world.grant("org:lumen-works")
    world.connector.apply(Revoke(grant))
    assert world.connector.apply(Assign(grant)).result is Result.PENDING
    assert world.connector.apply(Assign(grant)).result is Result.PENDING
    world.accept()
    assert world.org.members[seed.ALICE].role == "admin"
    plain = replace(grant, entitlement=Entitlement("org:lumen-works", "organisation member", "Member"))
    assert world.connector.apply(Assign(plain)).result is Result.ALREADY
    assert world.org.members[seed.ALICE].role == "admin"


def test_usher_never_touches_its_own_account(world: World) -> None:
    """A link that points at the robot is a mistake with consequences."""
    grant = world.grant("org:lumen-works", BOT)
    assert error_of(lambda: world.connector.apply(Revoke(grant))).kind is Kind.PERMANENT
    assert world.changed() == []


def test_a_role_that_changed_meanwhile_is_not_taken_away(world: World) -> None:
    """Only the role somebody approved to remove goes; a lower one given since then is another decision."""
    grant = world.grant("repo:50001:admin")
    world.org.repos["payments-api"].direct[seed.ALICE] = "read"
    assert world.connector.apply(Revoke(grant)).result is Result.ALREADY
    assert world.org.repos["payments-api"].direct[seed.ALICE] == "read"


def test_giving_a_lower_role_waits_until_the_higher_one_is_gone(world: World) -> None:
    """GitHub would simply lower her, which nobody asked for."""
    grant = world.grant("repo:50001:admin")
    lower = replace(grant, entitlement=replace(grant.entitlement, native_id="repo:50001:write"))
    assert error_of(lambda: world.connector.apply(Assign(lower))).retry
    world.connector.apply(Revoke(grant))
    assert world.connector.apply(Assign(lower)).result is Result.APPLIED
    assert world.read().grants.items[-1].entitlement.label == "Write on payments-api"


def test_a_removed_deploy_key_comes_back_as_it_was_and_stays_hers(world: World) -> None:
    """Same public key, same mode, same native id; the next leaver reading still finds it under Alice."""
    (key,) = world.read().made.items
    for _ in range(2):
        assert world.connector.apply(Disable(key)).result is Result.APPLIED
        assert not world.read().made.items
        assert world.connector.apply(Enable(key)).result is Result.APPLIED
    (again,) = world.read().made.items
    assert (again.native_id, again.label, again.detail) == (key.native_id, key.label, key.detail)
    (row,) = world.org.repos["payments-api"].keys
    assert row.title == "ci-payments (for account 40004)"
    assert not row.read_only


def test_a_key_that_is_used_elsewhere_cannot_come_back(world: World) -> None:
    """GitHub takes a key once; the refusal is a sentence and no retry."""
    (key,) = world.read().made.items
    world.connector.apply(Disable(key))
    with world.fault("POST", status=422):
        error = error_of(lambda: world.connector.apply(Enable(key)))
    assert error.kind is Kind.PERMANENT
    assert "another repository" in error.said


def test_payments_is_handed_to_ben(world: World) -> None:
    """He becomes an administrator by name, Alice stays one until her own step, and saying it twice changes nothing."""
    (asset,) = world.read().assets.items
    ben = next(one for one in asset.candidates if one.native_id == BEN)
    assert world.connector.apply(HandOver(asset, ben)).result is Result.APPLIED
    assert world.connector.apply(HandOver(asset, ben)).result is Result.ALREADY
    (asset,) = world.read().assets.items
    assert set(asset.admins) == {ALICE, BEN}
    assert not asset.sole_admin


def test_nothing_is_handed_to_nobody_or_to_a_stranger(world: World) -> None:
    """Without a successor, with one who is gone, or with one outside the organisation, nothing is called."""
    (asset,) = world.read().assets.items
    assert error_of(lambda: world.connector.apply(HandOver(asset, None))).kind is Kind.PERMANENT
    gone = Account(KEY, "48888", "nobody")
    assert error_of(lambda: world.connector.apply(HandOver(asset, gone))).kind is Kind.GONE
    priya = Account(KEY, PRIYA, "priya-shah")
    assert error_of(lambda: world.connector.apply(HandOver(asset, priya))).kind is Kind.PERMANENT
    assert world.changed() == []


def test_a_thing_that_was_deleted_meanwhile_is_already_so(world: World) -> None:
    """Team and repository are gone, and a look at the organisation proves that we would see them."""
    team, repo, (key,) = world.grant("team:60001"), world.grant("repo:50001:admin"), world.read().made.items
    del world.org.teams["payments"], world.org.repos["payments-api"]
    for removal in (Revoke(team), Revoke(repo), Disable(key)):
        assert world.connector.apply(removal).result is Result.ALREADY
    for gift in (Assign(team), Assign(repo), Enable(key)):
        assert error_of(lambda gift=gift: world.connector.apply(gift)).kind is Kind.GONE  # type: ignore[misc]


def test_an_entitlement_from_elsewhere_is_refused(world: World) -> None:
    """A native id this connector never made is no guess at what was meant."""
    odd = replace(world.grant("team:60001"), entitlement=Entitlement("badge:7", "badge", "Badge"))
    assert error_of(lambda: world.connector.apply(Revoke(odd))).kind is Kind.PERMANENT
    assert error_of(lambda: world.connector.apply(Assign(odd))).kind is Kind.PERMANENT


# ---- when GitHub is not well ----


@pytest.mark.parametrize(
    ("how", "kind"),
    [
        ({"status": 500}, Kind.TRANSIENT),
        ({"status": 502, "html": True}, Kind.TRANSIENT),
        ({"status": 409}, Kind.TRANSIENT),
        ({"status": 422}, Kind.PERMANENT),
        ({"status": 401}, Kind.CREDENTIAL),
        ({"status": 404}, Kind.PERMISSION),
        ({"html": True}, Kind.TRANSIENT),
        ({"lost": True}, Kind.TRANSIENT),
    ],
)
def test_every_fault_has_its_class(world: World, how: dict[str, object], kind: Kind) -> None:
    """On reading the teams, whatever GitHub does is told in its class; nothing reads as an empty list."""
    with world.fault("GET /orgs/lumen-works/teams$", **how):  # type: ignore[arg-type]
        assert error_of(world.read).kind is kind


@pytest.mark.parametrize("status", [403, 429])
def test_github_asking_for_a_pause_gets_it(world: World, status: int) -> None:
    """Retry-After is handed to the retry law, on a read and on a write, and we do not sleep ourselves."""
    team = world.grant("team:60001")
    started = time.monotonic()
    for match, call in (("GET /orgs", world.read), ("DELETE", lambda: world.connector.apply(Revoke(team)))):
        with world.fault(match, status=status, retry_after=77):
            error = error_of(call)
        assert (error.kind, error.after) == (Kind.THROTTLED, timedelta(seconds=77))
    assert time.monotonic() - started < 5


def test_a_removal_whose_answer_got_lost_is_already_so_at_the_next_try(world: World) -> None:
    """The effect happened, the answer did not arrive: the second attempt looks first and calls nothing."""
    for grant in (world.grant("team:60001"), world.grant("org:lumen-works")):
        with world.fault("DELETE", lost=True):
            assert error_of(lambda grant=grant: world.connector.apply(Revoke(grant))).kind is Kind.TRANSIENT  # type: ignore[misc]
        assert world.connector.apply(Revoke(grant)).result is Result.ALREADY
    assert len(world.changed()) == 2


def test_a_removal_that_somebody_else_made_meanwhile_is_already_so(world: World) -> None:
    """Between our look and our call another administrator was faster: GitHub says 404, a second look bears it out."""
    grant = world.grant("team:60001")
    with world.fault("DELETE", status=404, delay=0.4):
        threading.Timer(0.2, world.org.teams["payments"].members.pop, (seed.ALICE,)).start()
        assert world.connector.apply(Revoke(grant)).result is Result.ALREADY


ORG = "/orgs/lumen-works"
USER = {"id": seed.ALICE, "login": "alice-m"}
OWNED = {"/user": {"id": 1, "login": "usher-bot"}, "/user/40004": USER}


@contextmanager
def odd_github(answers: dict[str, object]) -> Iterator[Connector]:
    """A GitHub that says only this, for what the practice company never does; a string is a place to go instead."""

    def say(request: Request) -> Response:
        body = answers.get(request.path, {"message": "Not Found"})
        if isinstance(body, str):
            return Response(status=301, headers={"Location": body})
        status = 200 if request.path in answers else 404
        links = {"Link": f'<{request.base_url}?page=9999999>; rel="last"'} if body == [] else {}
        return Response(json.dumps(body), status, links, mimetype="application/json")

    server = hosting.host(Request.application(say), opened := hosting.listen())
    url = f"http://127.0.0.1:{opened.getsockname()[1]}"
    opened.close()
    try:
        yield github.connect(KEY, "GitHub", Secrets({"URL": url, "ORG": seed.LOGIN, "TOKEN": "tok"}))
    finally:
        server.shutdown()
        server.server_close()


def _held(native_id: str) -> Grant:
    return Grant(Account(KEY, ALICE, "alice-m"), Entitlement(native_id, "any", "Any"))


@pytest.mark.parametrize(
    ("native_id", "answers", "kind"),
    [
        (
            "org:lumen-works",
            {f"{ORG}/memberships/alice-m": {"state": "active", "role": "member", "direct_membership": False}},
            Kind.PERMANENT,
        ),
        ("org:lumen-works", {f"{ORG}/memberships/alice-m": {"user": {"id": 7}}}, Kind.GONE),
        ("org:lumen-works", {f"{ORG}/memberships/alice-m": [1]}, Kind.TRANSIENT),
        ("org:lumen-works", {f"{ORG}/memberships/alice-m": "https://elsewhere.example/login"}, Kind.TRANSIENT),
        ("repo:5:admin", {"/repositories/5": {"owner": {"login": "others"}}}, Kind.PERMANENT),
        ("team:6", {f"{ORG}/teams": {"message": "odd"}}, Kind.TRANSIENT),
        ("team:6", {f"{ORG}/teams": []}, Kind.TRANSIENT),
        ("outside:lumen-works", {}, Kind.PERMISSION),
    ],
)
def test_what_github_says_seldom_is_understood_too(native_id: str, answers: dict[str, object], kind: Kind) -> None:
    """Enterprise teams, a name that changed hands between two calls, a moved repository, lists that are none."""
    with odd_github({**OWNED, **answers}) as connector:
        assert error_of(lambda: connector.apply(Revoke(_held(native_id)))).kind is kind


def test_a_token_that_may_not_write_is_told_which_permission_is_missing(world: World) -> None:
    """GitHub says 404 to a token without the scope; that is no proof that the membership is gone."""
    grants = world.read().grants.items
    reader = world.connect(token="practice-github-reader")
    for grant in grants[:2]:
        error = error_of(lambda grant=grant: reader.apply(Revoke(grant)))  # type: ignore[misc]
        assert error.kind is Kind.PERMISSION
        assert "admin:org" in error.said
    check = reader.check()
    assert not check.ready
    assert "admin:org" in check.missing[0]


def test_a_token_of_somebody_who_is_no_owner_reads_nothing_instead_of_half(world: World) -> None:
    """A member is not shown secret teams and keys; half a reading would look like a clean one."""
    alice = world.connect(token="practice-alice-token")
    error = error_of(lambda: alice.read(world.link, NOW))
    assert error.kind is Kind.PERMISSION
    assert any("not an owner" in line for line in alice.check().missing)


def test_a_token_that_may_do_more_than_it_must_is_told_so(world: World) -> None:
    """Least privilege is checked, not hoped for."""
    token = world.org.tokens[seed.TOKEN]
    token.scopes |= {"delete_repo", "write:discussion"}
    check = world.connector.check()
    assert check.ready
    assert len(check.excessive) == 2
    assert "delete repositories" in check.excessive[0]


def test_an_organisation_that_is_not_there_is_told_so(world: World) -> None:
    """A typo in the settings is found at the first check."""
    values = {"URL": world.server.url, "ORG": "lumen-typo", "TOKEN": seed.TOKEN}
    check = github.connect(KEY, "GitHub", Secrets(values)).check()
    assert "lumen-typo" in check.missing[0]


def test_candidates_are_members_who_show_this_address(world: World) -> None:
    """Found by the address people chose to show; strangers and look-alikes are not offered."""
    assert [one.native_id for one in world.connector.find("alice.martin@lumen.example")] == [ALICE]
    assert world.connector.find("nobody@lumen.example") == ()
    assert world.connector.find("priya@contractor.example") == ()


def test_settings_that_are_missing_are_named(world: World) -> None:
    """Before anybody is called."""
    with pytest.raises(ConnectorError, match="TOKEN"):
        github.connect(KEY, "GitHub", Secrets({"ORG": "lumen-works"}))


def test_reading_alice_waits_for_three_calls_after_each_other() -> None:
    """Thirty calls, of which three depend on each other: with 200 ms per call it takes less than four would."""
    server = practice.start(latency=0.2)
    try:
        world = World(server)
        before = server.ledger.calls
        took = min(_seconds(world) for _ in range(2))
        assert took < 0.2 * 4, took
        assert (server.ledger.calls - before) / 2 < 40
    finally:
        server.stop()


def _seconds(world: World) -> float:
    started = time.monotonic()
    world.read()
    return time.monotonic() - started
