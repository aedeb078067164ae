"""Every requirement is proven by a test that names it, or says why not."""

from __future__ import annotations

from pathlib import Path

from tests.tools.coverage import TOP, Proof, gaps, page, proven, wrong

NEEDED = {"S0-1": {"says": "Anybody can use it."}, "S0-2": {"says": "All of it.", "why_not_yet": "Half is there."}}


def clone(top: Path, requirement: str, docstring: str) -> Path:
    """A repository with one requirement and one test."""
    for folder in ("docs", "tests"):
        (top / folder).mkdir()
    (top / "docs" / "requirements.toml").write_text(requirement, encoding="utf-8")
    test = f'def test_somebody_does_it():\n    """{docstring}"""\n'
    (top / "tests" / "test_one.py").write_text(test, encoding="utf-8")
    return top


def test_the_table_of_requirements_is_up_to_date() -> None:
    """docs/coverage.md is what the generator writes, and it leaves no number without test or reason."""
    assert list(wrong(TOP)) == []


def test_a_number_without_test_and_without_reason_is_told() -> None:
    """Nothing is forgotten in silence."""
    assert list(gaps(NEEDED, {})) == ["S0-1 is named by no test, and no reason says why"]
    assert list(gaps(NEEDED, {"S0-1": (Proof("test_one.py", "it works"),)})) == []


def test_a_number_that_nobody_required_is_told() -> None:
    """A slip of the finger in a docstring proves nothing."""
    proofs = {"S0-1": (Proof("test_one.py", "it works"),), "S9-9": (Proof("test_two.py", "no"),)}
    assert list(gaps(NEEDED, proofs)) == ["S9-9 is required nowhere, and named in test_two.py"]


def test_a_requirement_that_says_nothing_is_told() -> None:
    """Neither a misspelt field nor an empty line passes."""
    said = list(gaps({"S0-1": {"why_not_yet": "Later.", "sayz": "All."}}, {}))
    assert said == ["S0-1 does not say what is required", "S0-1 has unknown fields: sayz"]


def test_numbers_are_found_in_docstrings(tmp_path: Path) -> None:
    """The name of the test becomes the sentence of the link."""
    top = clone(tmp_path, '[S0-1]\nsays = "x"\n', "It is done (S0-1, S0-2).")
    proof = Proof("test_one.py", "somebody does it")
    assert proven(top) == {"S0-1": (proof,), "S0-2": (proof,)}
    assert "[somebody does it](../tests/test_one.py)" in page(NEEDED, proven(top))


def test_an_old_table_is_told(tmp_path: Path) -> None:
    """A page that somebody edited, or forgot to write again, fails the check."""
    top = clone(tmp_path, '[S0-1]\nsays = "x"\n', "It is done (S0-1).")
    assert list(wrong(top)) == ["docs/coverage.md is not up to date; run: python -m tests.tools.coverage"]
    (top / "docs" / "coverage.md").write_text(page({"S0-1": {"says": "x"}}, proven(top)), encoding="utf-8")
    assert list(wrong(top)) == []


def test_what_is_proven_in_part_says_what_is_missing() -> None:
    """A test and a reason together are a part, never the whole."""
    text = page(NEEDED, {"S0-2": (Proof("test_one.py", "it works"),)})
    assert "*Still missing:* Half is there." in text
    assert "tests prove 0, and a part of 1 more" in text
