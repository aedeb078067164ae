"""What is required, and what proves it: `python -m tests.tools.coverage` writes docs/coverage.md, `--check` compares.

The numbers stand in docs/requirements.toml; a test names those it proves in its docstring, as in (S0-16, S3-10).
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
MOST = 3  # tests named for one number

_NUMBER = re.compile(r"\bS\d-\d+\b")
_TITLES = {
    "S0": "Offboarding, the whole",
    "S1": "Approval at the right moment",
    "S2": "Runbooks for access",
    "S3": "People who start, move and leave",
    "S4": "Who does what, and proof",
}


@dataclass(frozen=True, slots=True)
class Proof:
    """A test that names a number: the file below tests/, and its name as a sentence."""

    file: str
    sentence: str

    def __str__(self) -> str:
        """As a link."""
        return f"[{self.sentence}](../tests/{self.file})"


Requirements = Mapping[str, Mapping[str, str]]
Proofs = Mapping[str, tuple[Proof, ...]]


def required(top: Path) -> Requirements:
    """Every requirement by its number, in the order of the file."""
    with (top / "docs" / "requirements.toml").open("rb") as file:
        return tomllib.load(file)


def proven(top: Path) -> Proofs:
    """The tests that name each number, by file and name."""
    found: dict[str, set[Proof]] = defaultdict(set)
    for path in sorted((top / "tests").rglob("test_*.py")):
        for name, words in _docstrings(ast.parse(path.read_text(encoding="utf-8"))):
            proof = Proof(path.relative_to(top / "tests").as_posix(), name or path.stem)
            for number in _NUMBER.findall(words):
                found[number].add(proof)
    return {number: tuple(sorted(proofs, key=str)) for number, proofs in found.items()}


def _docstrings(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            words = ast.get_docstring(node)
            name = "" if isinstance(node, ast.Module) else node.name
            if words:
                yield name.removeprefix("test_").removeprefix("Test").replace("_", " "), words


def gaps(needed: Requirements, proofs: Proofs) -> Iterator[str]:
    """Numbers without test and reason, and numbers in tests that nobody required; a sentence each."""
    for number, one in needed.items():
        if not one.get("says"):
            yield f"{number} does not say what is required"
        if number not in proofs and not one.get("why_not_yet"):
            yield f"{number} is named by no test, and no reason says why"
        if unknown := set(one) - {"says", "why_not_yet"}:
            yield f"{number} has unknown fields: {', '.join(sorted(unknown))}"
    for number in sorted(set(proofs) - set(needed)):
        yield f"{number} is required nowhere, and named in {proofs[number][0].file}"


def page(needed: Requirements, proofs: Proofs) -> str:
    """The whole of docs/coverage.md."""
    full = sum(number in proofs and "why_not_yet" not in one for number, one in needed.items())
    partly = sum(number in proofs and "why_not_yet" in one for number, one in needed.items())
    source = "Written by `python -m tests.tools.coverage` from [requirements.toml](requirements.toml) and the tests."
    proven_so_far = f"Of {len(needed)} requirements, tests prove {full}, and a part of {partly} more."
    rest = f"The other {len(needed) - full - partly} say what is missing."
    lines = ["# What is required, and what proves it", "", source, "", f"{proven_so_far} {rest}"]
    for prefix, title in _TITLES.items():
        lines += [
            "",
            f"## {prefix} {title}",
            "",
            "| Number | What is required | Tests, or what is missing |",
            "|---|---|---|",
        ]
        some = {number: one for number, one in needed.items() if number.startswith(f"{prefix}-")}
        lines += [
            f"| {number} | {one['says']} | {_told(one, proofs.get(number, ()))} |" for number, one in some.items()
        ]
    return "\n".join(lines) + "\n"


def _told(one: Mapping[str, str], proofs: tuple[Proof, ...]) -> str:
    said = ["; ".join(map(str, proofs[:MOST]))] if proofs else []
    if len(proofs) > MOST:
        said.append("and others.")  # a count would change with every test
    if "why_not_yet" in one:
        said.append(f"*{'Still missing' if proofs else 'Not yet'}:* {one['why_not_yet']}")
    return " ".join(said)


def wrong(top: Path) -> Iterator[str]:
    """Everything that `--check` finds, a sentence each."""
    needed, proofs = required(top), proven(top)
    yield from gaps(needed, proofs)
    written = top / "docs" / "coverage.md"
    if not written.is_file() or written.read_text(encoding="utf-8") != page(needed, proofs):
        yield "docs/coverage.md is not up to date; run: python -m tests.tools.coverage"


def main(arguments: list[str]) -> int:
    """Write the page, or only compare; the exit status says whether something is wrong."""
    if arguments != ["--check"]:
        (TOP / "docs" / "coverage.md").write_text(page(required(TOP), proven(TOP)), encoding="utf-8")
    found = list(wrong(TOP))
    print(*found, f"coverage: {len(found)} wrong", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
