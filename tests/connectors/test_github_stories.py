"""GitHub: what went wrong elsewhere when somebody left, told as it happened, and what becomes of it here."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.model import Disable, Revoke
from bot.domain.reading import Reading
from bot.domain.verify import Verdict, judge
from bot.practice.company import github as practice
from bot.practice.company.github import faults, seed
from bot.practice.company.github.state import Member, User
from bot.practice.company.github.things import Event, Hook, Key
from connectors.interface import ConnectorError, Guides, Kind, Lists, Result
from tests.connectors.contract import NOW, error_of, removals
from tests.connectors.github_world import INES, World, world

__all__ = ["world"]

FIRST, SECOND = 47001, 47002


def offboard(world: World) -> Reading:
    """Everything a leaver's plan asks is made; the reading after it."""
    before = world.connector.read(world.link, NOW)
    for change in removals(before, world.connector.spec.can):
        assert world.connector.apply(change).result in {Result.APPLIED, Result.ALREADY}, change
    return world.connector.read(world.link, NOW)


def hers(world: World) -> None:
    """The week before she left: two accounts, a deploy key and a webhook, each for later."""
    org = world.org
    for number in (FIRST, SECOND):
        org.users[number] = User(number, f"build-{number}", "Build")
        org.members[number] = Member()
        about = {"user": f"build-{number}"}
        org.audit.append(Event(1_790_000_000_000 + number, "org.add_member", seed.ALICE, about))
    reports = org.repos["reports"]
    key = "ssh-ed25519 AAAAC3NzaPracticeKeyForLaterNights later"
    reports.keys.append(Key(80100, "nightly", key, read_only=False, added_by="alice-m", created_at=reports.pushed_at))
    reports.hooks.append(Hook(85100, "https://elsewhere.example/all", ("push",), reports.pushed_at))
    made = {"repo": "lumen-works/reports", "hook_id": 85100}
    org.audit.append(Event(1_790_000_000_000, "hook.create", seed.ALICE, made))


def test_the_leaver_who_made_two_accounts_a_key_and_a_webhook_before_she_left(world: World) -> None:
    """Key and webhook end with her; the two accounts are nobody's, and the list of all accounts names them."""
    hers(world)
    world.connector = world.as_app()
    labels = {one.label for one in world.read().made.items}
    assert labels == {
        "ci-payments on payments-api",
        "nightly on reports",
        "webhook to https://hooks.lumen.example/payments on payments-api",
        "webhook to https://elsewhere.example/all on reports",
    }
    after = offboard(world)
    assert not after.made.items
    assert not world.org.repos["reports"].hooks
    assert isinstance(world.connector, Lists)
    assert {str(FIRST), str(SECOND)} <= {one.native_id for one in world.connector.accounts()}


def test_the_same_leaver_seen_with_a_token_that_reads_no_audit_log_is_asked_about(world: World) -> None:
    """The key carries her name and ends; who made the webhook cannot be told, and the reading says where to look."""
    hers(world)
    after = offboard(world)
    assert not after.made.items
    assert not after.assets.complete
    assert "hook.create" in after.assets.why
    assert world.org.repos["reports"].hooks


def test_the_account_that_answered_well_and_stayed(world: World) -> None:
    """GitHub said yes to the removal, and the member was still there: nothing is called done that a reading denies."""
    member = Revoke(world.grant("org:lumen-works"))
    world.server.ledger.faults.append(faults.done_later("DELETE /orgs/.*/memberships"))
    outcome = world.connector.apply(member)
    assert outcome.result is Result.PENDING
    assert judge(member, world.read()) is Verdict.CONTRADICTED
    assert seed.ALICE in world.org.members
    world.server.settle()
    assert judge(member, world.read()) is Verdict.CONFIRMED


def test_the_key_that_was_made_again_two_seconds_later(world: World) -> None:
    """A script of hers put it back: the same public key has the same name, so the fresh reading contradicts."""
    (key,) = world.read().made.items
    world.connector.apply(Disable(key))
    assert judge(Disable(key), world.read()) is Verdict.CONFIRMED
    text = "ssh-ed25519 AAAAC3NzaPracticeKeyThatOpensNothing again"
    back = Key(80200, "ci", text, read_only=False, added_by="alice-m", created_at=world.org.repos["reports"].pushed_at)
    world.org.repos["payments-api"].keys.append(back)
    assert judge(Disable(key), world.read()) is Verdict.CONTRADICTED


def test_the_last_owner_leaves(world: World) -> None:
    """Ines is the only human owner: refused before the call, until somebody else is one."""
    change = Revoke(world.grant("org:lumen-works", INES))
    error = error_of(lambda: world.connector.apply(change))
    assert (error.kind, world.changed()) == (Kind.PERMANENT, [])
    assert "Make somebody else an owner first" in error.said
    world.org.members[seed.SARA].role = "admin"
    assert world.connector.apply(change).result is Result.APPLIED


def test_the_name_that_somebody_new_took_over(world: World) -> None:
    """Alice renamed herself, a new colleague is alice-m now: only Alice loses anything, whichever name was stored."""
    org = world.org
    org.users[seed.ALICE].login = "alice-was-here"
    org.users[47555] = User(47555, "alice-m", "Alice Meyer")
    org.members[47555] = Member()
    org.teams["data"].members[47555] = "member"
    org.repos["payments-api"].direct[47555] = "write"
    after = offboard(world)
    assert not after.grants.items
    assert "alice-m before" in after.made.why  # the key stands under the old name: hers, or the new colleague's
    assert 47555 in org.members
    assert org.teams["data"].members[47555] == "member"
    assert org.repos["payments-api"].direct[47555] == "write"


def test_the_team_that_a_directory_would_fill_again(world: World) -> None:
    """Taken out here she would be back with the next synchronisation: it is said beforehand, with where to do it."""
    world.org.teams["payments"].group = "Directory: payments"
    grant = world.grant("team:60001")
    assert "Directory: payments" in grant.path
    assert "back with the next synchronisation" in grant.by_hand
    assert error_of(lambda: world.connector.apply(Revoke(grant))).kind is Kind.PERMISSION
    assert seed.ALICE in world.org.teams["payments"].members
    assert not world.grant("team:60002").by_hand


def test_the_invitation_that_outlived_the_membership(world: World) -> None:
    """Invited to a repository before she left, accepted a week later: it is found for somebody who is no member."""
    offboard(world)
    world.org.repos["reports"].invited[seed.ALICE] = "write"
    reading = world.read()
    assert [one.entitlement.native_id for one in reading.grants.items] == ["invite:50005:write"]
    offboard(world)
    world.accept()
    assert not world.read().grants.items


def test_the_invitation_she_sent_herself_ends_with_her_role(world: World) -> None:
    """GitHub withdraws what a removed collaborator had invited to; whoever she invited is not in."""
    payments = world.org.repos["payments-api"]
    payments.invited[seed.PRIYA] = "admin"
    payments.inviters[seed.PRIYA] = seed.ALICE
    offboard(world)
    assert seed.PRIYA not in payments.invited


def test_the_private_fork_is_named_before_it_is_gone(world: World) -> None:
    """Nothing brings a deleted fork back, so whoever approves reads it beside the membership."""
    assert "private forks are deleted" in world.grant("org:lumen-works").entitlement.why


def test_whatever_has_to_be_done_by_hand_has_a_page(world: World) -> None:
    """Each change of her plan, as steps for a person with the address of the page; without asking GitHub."""
    assert isinstance(world.connector, Guides)
    changes = removals(world.read(), world.connector.spec.can)
    calls = world.server.ledger.calls
    guides = [world.connector.by_hand(change) for change in changes]
    assert all(one is not None and world.server.url in one.how for one in guides)
    assert world.server.ledger.calls == calls


# ---- when it is Usher's own credential that is wrong ----


@pytest.mark.parametrize(
    ("how", "kind", "said"),
    [
        ({"status": 401}, Kind.CREDENTIAL, "GitHub"),
        ({"html": True}, Kind.TRANSIENT, "GitHub"),
        ({"html": True, "status": 502}, Kind.TRANSIENT, "GitHub"),
        ({"html": True, "status": 407}, Kind.PERMANENT, "GitHub"),
    ],
)
def test_what_stands_between_us_and_github_is_told_in_one_sentence(
    world: World, how: dict[str, object], kind: Kind, said: str
) -> None:
    """An expired token, a proxy's page, a proxy that wants to be signed in to: one sentence, no page, no secret."""
    with world.fault(**how):  # type: ignore[arg-type]
        error = error_of(world.read)
        check = world.connector.check()
    assert error.kind is kind
    for sentence in (error.said, *check.missing):
        assert said in sentence
        assert sentence.endswith(".")
        assert "<" not in sentence
        assert seed.TOKEN not in sentence
    assert not check.ready
    assert len(check.missing) == 1


def test_a_wrong_address_is_told_in_one_sentence(world: World) -> None:
    """Nobody listens there, or it is no GitHub: the check says so and raises nothing. In the clear no token travels."""
    other = practice.start()
    try:
        for url in ("http://127.0.0.1:9", f"{other.url}/elsewhere"):
            check = world.connect(url=url).check()
            assert not check.ready
            assert len(check.missing) == 1
            assert "GitHub" in check.missing[0]
        assert "https://" in error_of(lambda: world.connect(url="http://nobody.invalid")).said
    finally:
        other.stop()


def test_a_token_that_ends_in_the_middle_stops_this_and_nothing_else(world: World) -> None:
    """What was read before it ended is no reading; the next connector has its own token and goes on."""
    other = world.connect(token="practice-github-full")
    world.org.tokens[seed.TOKEN] = replace(world.org.tokens[seed.TOKEN], expires=1.0)
    with pytest.raises(ConnectorError, match="GitHub") as caught:
        world.read()
    assert caught.value.kind is Kind.CREDENTIAL
    world.connector = other
    assert world.read().grants.items
