"""What gives back what was taken, by what was seen before the first change; and what cannot come back, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.domain.by_hand import once
from bot.domain.model import Account, Asset, Change, Credential, Disable, Grant, Revoke, Suspend, inverse
from bot.domain.reading import Completeness, Part, Reading


@dataclass(frozen=True, slots=True)
class Lost:
    """Something that no change gives back, and why; `how` it is lost, in the words before it."""

    what: str
    why: str
    how: str = "Cannot come back"


@dataclass(frozen=True, slots=True)
class Preview:
    """The changes that restore one system, in their order, and what stays lost all the same."""

    gives: tuple[Change, ...]
    lost: tuple[Lost, ...]


def preview(before: Reading, after: Reading, now: datetime) -> Preview:
    """What must change for `after` to become `before` again. What `after` did not show is given back in any case."""
    every = [*_accounts(before, after), *_grants(before, after, now), *_credentials(before, after)]
    gives = tuple(one for one in every if not isinstance(one, Lost))
    lost = [one for one in every if isinstance(one, Lost)]
    return Preview(gives, (*lost, *_assets(before, after), *_sessions(before, after), *_unseen(before)))


def _accounts(before: Reading, after: Reading) -> Iterator[Change | Lost]:
    for was in before.account.items:
        found = [one for one in after.account.items if one.native_id == was.native_id]
        if not found and after.account.complete:
            why = "It is no longer there. An invitation, or a new account, must come before anything else."
            yield Lost(f"account {was.label}", why, "By a person first")
        elif was.active and any(one.active is False for one in found):
            yield from _undone(Suspend(was), f"account {was.label}")


def _grants(before: Reading, after: Reading, now: datetime) -> Iterator[Change | Lost]:
    held = {grant.key for grant in after.grants.items}
    for grant in before.grants.items:
        if grant.key in held:
            continue
        if grant.until is not None and grant.until <= now:
            yield Lost(_named(grant), "It was lent, and its time is over by now.")
        elif grant.by_hand:
            yield Lost(_named(grant), f"No program can give it: {grant.by_hand}")
        else:
            yield from _undone(Revoke(grant), _named(grant))


def _credentials(before: Reading, after: Reading) -> Iterator[Change | Lost]:
    works = {one.native_id for part in (after.credentials, after.made) for one in part.items if one.active}
    for part in (before.credentials, before.made):
        for was in part.items:
            if was.active and was.native_id not in works:
                yield from _undone(Disable(was), once(was.kind, was.label))


def _undone(change: Change, what: str) -> Iterator[Change | Lost]:
    back = inverse(change)
    yield back or Lost(what, "It cannot be made to work again: a new one must be made.")


def _assets(before: Reading, after: Reading) -> Iterator[Lost]:
    now = {asset.native_id: asset for asset in after.assets.items}
    mine = {account.native_id for account in before.account.items}
    for was in before.assets.items:
        held = now.get(was.native_id)
        if held is None and after.assets.complete and was.sole_admin:
            yield Lost(f"{was.kind} {was.label}", _owned(was, None))
        elif held is not None and mine & set(was.admins) and not mine & set(held.admins):
            yield Lost(f"{was.kind} {was.label}", _owned(was, held))


def _owned(was: Asset, held: Asset | None) -> str:
    labels = {account.native_id: account.label for account in (*was.candidates, *(held.candidates if held else ()))}
    names = ", ".join(sorted(labels.get(key, key) for key in held.admins)) if held else ""
    who = f"{names} administers it now" if names else "Somebody else owns it now"
    return f"{who}, and must give it back."


def _sessions(before: Reading, after: Reading) -> Iterator[Lost]:
    if before.sessions.items and not after.sessions.items:
        yield Lost("open sessions", "They ended for good; signing in again opens new ones.")


def _unseen(before: Reading) -> Iterator[Lost]:
    named: tuple[tuple[str, Part[Account] | Part[Grant] | Part[Credential] | Part[Asset]], ...] = (
        ("rights", before.grants),
        ("keys and tokens", before.credentials),
        ("things owned", before.assets),
        ("keys made for machines", before.made),
    )
    for what, part in named:
        if part.seen in {Completeness.PARTIAL, Completeness.NOT_PERMITTED}:
            yield Lost(what, f"Not all was seen before the first change: {part.why}", "Not known")


def _named(grant: Grant) -> str:
    return once(grant.entitlement.kind, grant.entitlement.label)
