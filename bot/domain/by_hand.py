"""What a person is asked to do when no program can, or may: in words they can follow, with what proves it."""

from __future__ import annotations

from bot.domain.model import (
    Account,
    Assign,
    Change,
    Disable,
    Enable,
    EndSessions,
    HandOver,
    Resume,
    Revoke,
    Suspend,
    Task,
    account_of,
)
from bot.domain.policy import System

EVIDENCE = "What you did, and a picture of the page that shows it, or the line of its log"
OWNER = "Whose account it is, and what you did with it"
_WHOSE = "whose:"
_NAME, _TEXT = 100, 2500  # characters


def kind_of(change: type[Change]) -> str:
    """The word for a kind of change, as each of them carries it."""
    return str(change.__dataclass_fields__["kind"].default)


def once(kind: str, label: str) -> str:
    """A label with its kind before it, where the label does not say it in its first words."""
    words, first = kind.casefold().split(), label.replace(",", " ").casefold().split()
    return label if not words or words[-1] in first[: len(words) + 1] else f"{kind} {label}"


def order(change: Change) -> str:
    """One change as an order to a person, by the labels they see."""
    account = account_of(change).label
    match change:
        case Suspend():
            return f"Lock the account {account}"
        case Resume():
            return f"Unlock the account {account}"
        case Disable(credential):
            return f"Switch off {once(credential.kind, credential.label)} of {account}"
        case Enable(credential):
            return f"Switch on {once(credential.kind, credential.label)} of {account}"
        case Revoke(grant):
            return f"Take {once(grant.entitlement.kind, grant.entitlement.label)} from {account}"
        case Assign(grant):
            return f"Give {once(grant.entitlement.kind, grant.entitlement.label)} to {account}"
        case EndSessions():
            return f"End the open sessions of {account}"
        case HandOver(asset):
            return f"Hand over {asset.kind} {asset.label} of {account} to somebody who stays"
        case _:
            return f"{change.kind.capitalize()} the account {account}"


def by_hand(system: System, change: Change, target: str, why: str = "", guide: tuple[str, str] = ("", "")) -> Task:
    """The task that stands for a change: what, where, why no program does it, and which evidence to attach.

    `guide` is how its system wants it done, and the evidence it gives: better than what we know of every system.
    """
    how, evidence = guide
    reason = f"Usher cannot do it here: {why}" if why else "Usher cannot do it here."
    return Task(_line(order(change)), _line(f"{how or _where(system)} {reason}"), evidence or EVIDENCE, target=target)


def decided_by_hand(change: Disable, task: Task) -> Task:
    """The same, where a program may depend on it: somebody decides first what becomes of it."""
    one = change.credential
    title = f"Decide what becomes of {once(one.kind, one.label)} of {one.account.label}"
    how = (
        "A program may use it, so look first at what does. Then make a new one, put it in its place and remove this "
        "one; or agree with somebody who stays that they look after it; or remove it, if nothing uses it. "
    )
    return Task(
        _line(title),
        _line(f"{how}{task.how}"),
        f"What you decided, and who agreed. {task.evidence}",
        target=task.target,
    )


def whose(system: System, account: Account) -> Task:
    """The question that an account raises which looks like somebody's, and which nobody linked."""
    how = (
        "It looks like this person's, and nobody has linked it, so Usher does not touch it. "
        f"{_where(system, 'Look')} Its number there is {account.native_id}. "
        "If it is theirs, ask whoever runs Usher to link it (import-links), then press Done: "
        "Usher reads it at once, and what it holds joins the plan. If not, say whose it is."
    )
    # Its name was chosen by whoever has it: words of theirs must not read like words of ours.
    name = _line(account.label, _NAME)
    name = f"“{name}”" if " " in name else name
    return Task(f"Find out whose account {name} is", _line(how), OWNER, target=f"{_WHOSE}{account.native_id}")


def _line(text: str, most: int = _TEXT) -> str:
    """On one line, and no longer than that: names of things come from systems, and may hold anything."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def only_by_hand(change: Change) -> str:
    """Why just this thing can be ended by a person alone, where its system said so; empty for all others."""
    match change:
        case Revoke(grant):
            return grant.by_hand
        case Disable(credential):
            return credential.by_hand
        case _:
            return ""


def asked_whose(task: Task) -> str:
    """The native id of the account whose owner this task asks for; empty for every other task."""
    return task.target.removeprefix(_WHOSE) if task.target.startswith(_WHOSE) else ""


def _where(system: System, verb: str = "Do it") -> str:
    return f"{verb} in {system.name}: {system.page}" if system.page else f"{verb} in {system.name}."
