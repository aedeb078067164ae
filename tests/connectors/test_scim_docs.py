"""The guide to SCIM says of each application what the program does there."""

from __future__ import annotations

import re
from pathlib import Path

from connectors.wire.scim.profile import PROFILES, Profile

GUIDE = (Path(__file__).parents[2] / "docs" / "connectors" / "scim.md").read_text(encoding="utf-8")


def _row(profile: Profile) -> list[str]:
    (row,) = re.findall(rf"^\| `{re.escape(profile.key)}` \|(.*)\|$", GUIDE, flags=re.MULTILINE)
    return [cell.strip() for cell in row.split(" | ")]


def test_the_table_of_profiles_is_what_the_program_does() -> None:
    """Whoever chooses a profile reads whether an account is kept, when it is deleted, and where that is written."""
    table = GUIDE.split("## Profiles", 1)[1].split("##", 1)[0]
    assert set(re.findall(r"^\| `([a-z-]+)` \|", table, flags=re.MULTILINE)) == set(PROFILES)
    for profile in PROFILES.values():
        _, inactive, deletes, groups, source = _row(profile)
        assert inactive == ("**deleted**" if profile.inactive_deletes else "kept"), profile.key
        assert deletes == _deletes(profile), profile.key
        assert groups == ("none" if profile.groups is False else "yes"), profile.key
        assert profile.page in source, profile.key


def _deletes(profile: Profile) -> str:
    if not profile.deletes:
        return "never"
    return "on request" if profile.inactive_deletes else "once inactive"
