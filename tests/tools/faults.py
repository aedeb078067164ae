"""What can break us, and which test shows that it does not: `python -m tests.tools.faults` writes docs/faults.md.

The faults stand in docs/faults.toml; a test names its fault in its own name, as in test_fault_09_…. `--check` compares.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.tools.coverage import Proof

TOP = Path(__file__).resolve().parents[2]

_NAME = re.compile(r"test_fault_(\d\d)_(\w+)")
_FIELDS = {"fault", "then", "waits", "see"}

Faults = Mapping[int, Mapping[str, str]]
Proofs = Mapping[int, tuple[Proof, ...]]


def faults(top: Path) -> Faults:
    """Every fault by its number."""
    with (top / "docs" / "faults.toml").open("rb") as file:
        return {int(number): one for number, one in tomllib.load(file).items()}


def proven(top: Path) -> Proofs:
    """The tests that are named for each fault."""
    found: dict[int, set[Proof]] = defaultdict(set)
    for path in sorted((top / "tests" / "faults").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = _NAME.fullmatch(node.name) if isinstance(node, ast.FunctionDef) else None
            if name:
                sentence = name[2].replace("_", " ")
                found[int(name[1])].add(Proof(path.relative_to(top / "tests").as_posix(), sentence))
    return {number: tuple(sorted(proofs, key=str)) for number, proofs in found.items()}


def gaps(top: Path, known: Faults, proofs: Proofs) -> Iterator[str]:
    """Faults with neither a test nor a reason, and tests of faults that nobody described; a sentence each."""
    for number, one in known.items():
        if not (one.get("fault") and one.get("then")):
            yield f"fault {number} does not say what breaks and what must happen"
        if number not in proofs and not one.get("waits"):
            yield f"fault {number} has no test named test_fault_{number:02}_…, and waits for nothing"
        if number in proofs and one.get("waits"):
            yield f"fault {number} has a test and still waits for: {one['waits']}"
        if unknown := set(one) - _FIELDS:
            yield f"fault {number} has unknown fields: {', '.join(sorted(unknown))}"
        if "see" in one and not (top / "tests" / one["see"]).is_file():
            yield f"fault {number} points to tests/{one['see']}, which is not there"
    yield from (
        f"a test is named for fault {number}, which nobody described" for number in sorted(set(proofs) - set(known))
    )


def page(known: Faults, proofs: Proofs) -> str:
    """The whole of docs/faults.md."""
    tested = sum(number in proofs for number in known)
    lines = [
        "# What can break us, and what happens then",
        "",
        "Written by `python -m tests.tools.faults` from [faults.toml](faults.toml) and the names of the tests.",
        "",
        f"Of {len(known)} faults, {tested} have tests of their own. The others say what has to be built first.",
        "",
        "| | What breaks | What happens then | Tests, or what it waits for |",
        "|---|---|---|---|",
    ]
    lines += [f"| {n} | {one['fault']} | {one['then']} | {_told(one, proofs.get(n, ()))} |" for n, one in known.items()]
    return "\n".join(lines) + "\n"


def _told(one: Mapping[str, str], proofs: tuple[Proof, ...]) -> str:
    said = ["; ".join(map(str, proofs))] if proofs else []
    if "waits" in one:
        said.append(f"*Waits for:* {one['waits']}.")
    if "see" in one:
        said.append(f"A part of it: [{one['see']}](../tests/{one['see']}).")
    return " ".join(said)


def wrong(top: Path) -> Iterator[str]:
    """Everything that `--check` finds, a sentence each."""
    known, proofs = faults(top), proven(top)
    yield from gaps(top, known, proofs)
    written = top / "docs" / "faults.md"
    if not written.is_file() or written.read_text(encoding="utf-8") != page(known, proofs):
        yield "docs/faults.md is not up to date; run: python -m tests.tools.faults"


def main(arguments: list[str]) -> int:
    """Write the page, or only compare; the exit status says whether something is wrong."""
    if arguments != ["--check"]:
        (TOP / "docs" / "faults.md").write_text(page(faults(TOP), proven(TOP)), encoding="utf-8")
    found = list(wrong(TOP))
    print(*found, f"faults: {len(found)} wrong", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
