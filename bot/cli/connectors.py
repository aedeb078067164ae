"""`app.py connectors`: what Usher can do in which system, and what that was tried on; no setting is needed for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.tabled import show
from bot.domain.model import (
    Assign,
    Change,
    Delete,
    Disable,
    Enable,
    EndSessions,
    HandOver,
    Provision,
    Resume,
    Revoke,
    Suspend,
)
from bot.domain.reading import Completeness

if TYPE_CHECKING:
    from connectors.interface import Ground, Proven, Spec

CAPABILITIES: Mapping[type[Change], str] = {
    Suspend: "Lock the account",
    Resume: "Unlock it",
    Disable: "Switch a key or token off",
    Enable: "Switch it on again",
    EndSessions: "End open sessions",
    Revoke: "Take a right away",
    Assign: "Give a right",
    HandOver: "Hand over what they own",
    Delete: "Delete the account",
    Provision: "Create an account",
}
PARTS = {
    "account": "the account",
    "grants": "its rights",
    "credentials": "its keys and tokens",
    "assets": "what it owns",
    "made": "what it made for machines",
    "sessions": "its open sessions",
}
SEEN = {
    Completeness.COMPLETE: "yes",
    Completeness.PARTIAL: "in part",
    Completeness.NOT_PERMITTED: "no",
    Completeness.NOT_APPLICABLE: "has none",
}
AUTOMATIC, TASK, ABSENT = "automatic", "task", "not applicable"
_COLOURS = {AUTOMATIC: "green", TASK: "yellow", ABSENT: "dim", "yes": "green", "in part": "yellow"}
LEGEND = (
    "Automatic: Usher does it. Task: a person does it, and the plan says who and how. Not applicable: no such thing.",
    "This is the most a connector can do. What a plan, a licence or a permission forbids becomes a task as well.",
)

Table = tuple[tuple[str, ...], ...]


def connectors(
    system: Annotated[str, typer.Argument(help="Tell about one of them only, in detail.")] = "",
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the tables of docs/connectors.md.")] = False,
) -> None:
    """What Usher can do in each system by itself, what it leaves to a person, and what each was tried on."""
    known = every()
    if markdown:
        print(in_markdown(known), end="")
    elif not system:
        show(able(known), "What Usher can do", _COLOURS)
        print(*LEGEND, sep="\n")
        show(tried(known), "What it was tried on", _COLOURS)
        print(live(known))
    elif system in known:
        _tell(*known[system])
    else:
        print(f"There is no connector {system}. There are: {', '.join(known)}.")
        raise SystemExit(1)


def every() -> dict[str, tuple[Spec, Proven]]:
    """Each connector with what it declares, by the name of its module."""
    import connectors as package

    return {name: package.described(name) for name in package.names()}


def able(known: Mapping[str, tuple[Spec, Proven]]) -> Table:
    """Systems × capabilities: automatic, a person's task, or not applicable; and what a reading sees."""
    systems = tuple(known.values())
    head = ("", *(spec.name for spec, _ in systems))
    changes = tuple((words, *(how(kind, *one) for one in systems)) for kind, words in CAPABILITIES.items())
    lists = ("List every account", *(AUTOMATIC if proven.lists else TASK for _, proven in systems))
    sees = tuple(
        (f"Sees {words}", *(SEEN[proven.sees.get(part, Completeness.COMPLETE)] for _, proven in systems))
        for part, words in PARTS.items()
    )
    return (head, *changes, lists, *sees)


def tried(known: Mapping[str, tuple[Spec, Proven]]) -> Table:
    """Systems × capabilities: what each automatic one ran against."""
    systems = tuple(known.values())
    head = ("", *(spec.name for spec, _ in systems))
    return (
        head,
        *(
            (words, *(_ground(proven.on.get(kind)) if kind in proven.on else "–" for spec, proven in systems))
            for kind, words in CAPABILITIES.items()
        ),
    )


def how(kind: type[Change], spec: Spec, proven: Proven) -> str:
    """Who does it: Usher, a person, or nobody because there is no such thing."""
    if kind in proven.only:
        return f"{AUTOMATIC}, {proven.only[kind]}"
    if kind in spec.can:
        return AUTOMATIC
    return ABSENT if kind in proven.absent else TASK


def live(known: Mapping[str, tuple[Spec, Proven]]) -> str:
    """Which connectors ran against their vendor's own service, in one sentence."""
    from connectors.interface import Ground

    ran = [spec.name for spec, proven in known.values() if any(Ground.LIVE in on for on in proven.on.values())]
    return f"Seen live: {', '.join(ran)}." if ran else "None of them has run against a live vendor."


def in_markdown(known: Mapping[str, tuple[Spec, Proven]]) -> str:
    """Both tables as docs/connectors.md shows them."""
    said = (f"**{live(known)}**", _lined(able(known)), *LEGEND, "What each was tried on:", _lined(tried(known)))
    return "\n\n".join(said) + "\n"


def _ground(on: frozenset[Ground] | None) -> str:
    """What it ran against, in the order of the enumeration; never live unless it says so."""
    from connectors.interface import Ground

    found = [ground.value for ground in Ground if on and ground in on]
    return ", ".join(found) if found else "nothing yet"


def _lined(table: Table) -> str:
    head, *rows = ("| " + " | ".join(row) + " |" for row in table)
    return "\n".join((head, "|" + "---|" * len(table[0]), *rows))


def _tell(spec: Spec, proven: Proven) -> None:
    print(f"{spec.name}: {spec.about}")
    print(f"Must be set: {', '.join(spec.secrets)}.\n")
    for kind, words in CAPABILITIES.items():
        done = how(kind, spec, proven)
        why = _ground(proven.on[kind]) if kind in proven.on else proven.absent.get(kind, "")
        print(f"{words}: {done}{f' ({why})' if why else ''}")
    for part, words in PARTS.items():
        print(f"Sees {words}: {SEEN[proven.sees.get(part, Completeness.COMPLETE)]}")
