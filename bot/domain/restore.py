"""What gives back what was taken, by what was seen before the first change; and what cannot come back, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.by_hand import once
from bot.domain.model import (
    Account,
    Asset,
    Assign,
    Change,
    Credential,
    Disable,
    Enable,
    Grant,
    Resume,
    Revoke,
    Suspend,
    SystemKey,
    account_of,
    inverse,
)
from bot.domain.planning import key_of, together
from bot.domain.reading import Completeness, Held, Part, Reading
from bot.domain.verify import Verdict, judge

BY_PERSON = "By a person first"
LEFT = "Left alone"
UNKNOWN = "Not known"


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
            yield Lost(f"account {was.label}", why, BY_PERSON)
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
            yield Lost(what, part.why, UNKNOWN)


def _named(grant: Grant) -> str:
    return once(grant.entitlement.kind, grant.entitlement.label)


def gives(change: object) -> bool:
    """Whether a change lets somebody do more than before."""
    return isinstance(change, Assign | Enable | Resume)


def named(change: Change) -> str:
    """What a change is about, by the label that people see."""
    match change:
        case Assign(grant) | Revoke(grant):
            return _named(grant)
        case Disable(credential) | Enable(credential):
            return once(credential.kind, credential.label)
        case _:
            return f"account {account_of(change).label}"


def of_account(reading: Reading, native_id: str) -> Reading:
    """The part of a reading that is about one account. Open sessions do not say whose they are, and stay."""
    return replace(
        reading,
        account=_kept(reading.account, [one for one in reading.account.items if one.native_id == native_id]),
        grants=_kept(reading.grants, [one for one in reading.grants.items if one.account.native_id == native_id]),
        credentials=_kept(reading.credentials, _of(reading.credentials.items, native_id)),
        made=_kept(reading.made, _of(reading.made.items, native_id)),
        assets=_kept(reading.assets, [one for one in reading.assets.items if one.account.native_id == native_id]),
    )


def _of(every: Iterable[Credential], native_id: str) -> list[Credential]:
    return [one for one in every if one.account.native_id == native_id]


def _kept(part: Part[Held], items: list[Held]) -> Part[Held]:
    return replace(part, items=tuple(items))


def before(readings: Iterable[Reading], first: Iterable[tuple[str, datetime]]) -> Reading | None:
    """How each account stood before the first change to it, whenever it was linked; None where nobody had looked.

    `readings` from the oldest to the newest, `first`: the native id of each account, and when it was first changed.
    """
    every = tuple(readings)
    found = []
    for native_id, at in first:
        known = [one for one in every if one.at <= at]
        seen = [one for one in known if any(account.native_id == native_id for account in one.account.items)]
        if known:
            found.append(of_account((seen or known)[-1], native_id))
    return together(tuple(found)) if found else None


def joined(was: Reading, start: Reading, taken: frozenset[str]) -> Reading:
    """How it stood before, with what only the look at the start showed and `taken` names: it joined, and ended, too."""
    rights = {grant.key for grant in was.grants.items}
    more = [one for one in start.grants.items if one.key not in rights and key_of(was.system, Revoke(one)) in taken]
    return replace(
        was,
        grants=_kept(was.grants, [*was.grants.items, *more]),
        credentials=_with(was.credentials, start.credentials, taken),
        made=_with(was.made, start.made, taken),
    )


def _with(was: Part[Credential], start: Part[Credential], taken: frozenset[str]) -> Part[Credential]:
    known = {one.native_id for one in was.items}
    more = (one for one in start.items if one.native_id not in known)
    return _kept(was, [*was.items, *(one for one in more if key_of(one.account.system, Disable(one)) in taken)])


def only(system: SystemKey, found: Preview, taken: frozenset[str]) -> Preview:
    """Of what is missing, what this offboarding took: `taken` are its changes by key. The rest is left alone."""
    ours = tuple(one for one in found.gives if key_of(system, inverse(one) or one) in taken)
    others = (Lost(named(one), "It was taken by somebody else.", LEFT) for one in found.gives if one not in ours)
    return Preview(ours, (*found.lost, *others))


def meanwhile(was: Reading, now: Reading, taken: Iterable[Change]) -> tuple[Lost, ...]:
    """What somebody else did since: it stays as it is, and is told."""
    backs = [back for change in taken if (back := inverse(change)) is not None]
    again = [Lost(named(one), "It is there again.", LEFT) for one in backs if judge(one, now) is Verdict.CONFIRMED]
    known = {grant.key for grant in was.grants.items}
    new = [Lost(_named(one), "Somebody gave it since.", LEFT) for one in now.grants.items if one.key not in known]
    return (*again, *new)
