"""What a rule may know of one item of a plan: what it is called, how powerful it is, when it was last used."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.domain.model import (
    Account,
    Action,
    Assign,
    Credential,
    Delete,
    Disable,
    Enable,
    EndSessions,
    Grant,
    HandOver,
    PlannedStep,
    Provision,
    Resume,
    Revoke,
    Suspend,
    SystemKey,
    Task,
    Wave,
    account_of,
)
from bot.domain.reading import Reading, Work
from bot.domain.rule import Tag, Use

ACCOUNT, SESSIONS, TASK = "account", "open sessions", "task"


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a plan as rules see it. `names` are ids and labels of the thing and of what hangs on it.

    `pulls`: whether pull requests of the account, or for its review, are open there; `running`: whether a pipeline
    runs there now. None: nobody can say.
    """

    system: SystemKey
    kind: str
    label: str
    wave: Wave
    names: frozenset[str] = frozenset()
    privileged: bool = False
    by_hand: bool = False
    uses: tuple[Use, ...] = ()
    account_uses: tuple[Use, ...] = ()
    pulls: bool | None = None
    running: bool | None = None


def item_of(line: PlannedStep, action: Action, reading: Reading | None) -> Item:
    """The facts about a line; `action` is what happens, also where a person does it and the line is a task."""
    by_hand = isinstance(line.action, Task)
    if isinstance(action, Task):
        names = frozenset({action.title})
        return Item(line.system, TASK, action.title, line.wave, names, line.privileged, by_hand)
    kind, label, own = _thing(action)
    hangs = _carried(action, reading)
    account, goes_on = account_of(action), _goes_on(action, reading)
    hanging = (name for key, known, _use in hangs for name in (key, known))
    return Item(
        system=line.system,
        kind=kind,
        label=label,
        wave=line.wave,
        names=frozenset({own, label, *hanging}),
        privileged=line.privileged or (line.wave is Wave.CONTAIN and _powerful(account, reading)),
        by_hand=by_hand,
        uses=_uses(action, hangs, goes_on),
        account_uses=(_account_use(account, reading),),
        pulls=_any(count for one in goes_on for count in (one.pulls, one.reviews)),
        running=_any(one.running for one in goes_on),
    )


def tags_of(tags: tuple[Tag, ...], item: Item) -> tuple[Tag, ...]:
    """The tags that this item carries, in the order in which they are written."""
    return tuple(tag for tag in tags if any(mark.holds(item.system, item.names) for mark in tag.marks))


def _thing(action: Action) -> tuple[str, str, str]:
    """Kind, label and native id of what a change is about."""
    match action:
        case Revoke(grant) | Assign(grant):
            right = grant.entitlement
            return right.kind, right.label, right.native_id
        case Disable(credential) | Enable(credential):
            return credential.kind, credential.label, credential.native_id
        case HandOver(asset):
            return asset.kind, asset.label, asset.native_id
        case EndSessions(account):
            return SESSIONS, account.label, account.native_id
        case Suspend(account) | Resume(account) | Provision(account) | Delete(account):
            return ACCOUNT, account.label, account.native_id
        case Task(title):  # pragma: no cover (asked for changes alone)
            return TASK, title, title


Carried = tuple[str, str, Use]


def _carried(action: Action, reading: Reading | None) -> tuple[Carried, ...]:
    """The things that a right reaches, as far as the system tells: id, label, last change."""
    if not isinstance(action, Revoke) or reading is None:
        return ()
    right = action.grant.entitlement
    found = {asset.native_id: asset for asset in reading.assets.items}
    about = [key for key in found if key == right.native_id or right.native_id.startswith(f"{key}:")]
    keys = dict.fromkeys([*about, *right.carries])
    known = [found[key] for key in keys if key in found]
    unknown: list[Carried] = [(key, key, Use(right.label)) for key in keys if key not in found]
    return (*((one.native_id, one.label, Use(one.label, one.last_activity, changed=True)) for one in known), *unknown)


def _goes_on(action: Action, reading: Reading | None) -> tuple[Work, ...]:
    """What goes on where a right leads, or in a thing that is handed over."""
    every = reading.work.items if reading else ()
    match action:
        case Revoke(grant):
            right = grant.entitlement
            return tuple(one for one in every if right.native_id in one.rights or one.native_id in right.carries)
        case HandOver(asset):
            return tuple(one for one in every if one.native_id == asset.native_id)
        case _:
            return ()


def _any(counts: Iterable[int | None]) -> bool | None:
    """Whether there is one of them; None where nobody can say."""
    every = tuple(counts)
    if any(every):
        return True
    return None if not every or None in every else False


def _uses(action: Action, hangs: tuple[Carried, ...], goes_on: tuple[Work, ...]) -> tuple[Use, ...]:
    match action:
        case Disable(credential) | Enable(credential):
            return (_credential_use(credential),)
        case HandOver(asset):
            return (Use(asset.label, asset.last_activity, changed=True),)
        case Revoke(grant):
            known = {native for native, _label, _use in hangs}
            more = (Use(one.label, one.last_change, changed=True) for one in goes_on if one.native_id not in known)
            return (*(use for _id, _label, use in hangs), *more) or (Use(_label_of(grant)),)
        case Suspend(account) | EndSessions(account):
            return (_use(account),)
        case _:
            return ()


def _credential_use(one: Credential) -> Use:
    return Use(one.label, one.last_used, never=one.last_used is None and one.used is False)


def _label_of(grant: Grant) -> str:
    return grant.entitlement.label


def _use(account: Account) -> Use:
    return Use(
        f"the account {account.label}", account.last_active, never=account.last_active is None and account.used is False
    )


def _account_use(account: Account, reading: Reading | None) -> Use:
    """By the account of the reading: the one inside a grant may know less."""
    fresh = [one for one in reading.account.items if one.native_id == account.native_id] if reading else []
    return _use(fresh[0] if fresh else account)


def _powerful(account: Account, reading: Reading | None) -> bool:
    """Whether a key or a sign-in opens something powerful: the account holds it, or nobody could see what it holds."""
    if reading is None or not reading.grants.complete:
        return True
    held = (grant for grant in reading.grants.items if grant.account.native_id == account.native_id)
    return any(grant.entitlement.privileged for grant in held)
