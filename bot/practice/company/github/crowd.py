"""A large organisation, made in a moment: as many members, teams and repositories as asked for, always the same."""

from __future__ import annotations

from datetime import datetime

from bot.practice.company.github import seed
from bot.practice.company.github.state import Member, Org, Repo, Team, User

FIRST = 1_000_000


def crowd(members: int = 20_000, repos: int = 10_000, teams: int = 200, now: datetime | None = None) -> Org:
    """Lumen Works with this many more people, repositories and teams; everybody is in one team, which opens some."""
    org = seed.company(now)
    for number in range(FIRST, FIRST + members):
        org.users[number] = User(number, f"person-{number - FIRST}", f"Person {number - FIRST}")
        org.members[number] = Member()
    for at in range(repos):
        name = f"service-{at}"
        lead = FIRST + at % members if members else seed.INES
        org.repos[name] = Repo(2_000_000 + at, name, "One of many", direct={lead: "admin"})
    for at in range(teams):
        people = dict.fromkeys(range(FIRST + at, FIRST + members, teams), "member")
        opens = dict.fromkeys((f"service-{each}" for each in range(at, repos, teams)), "write")
        org.teams[f"team-{at}"] = Team(3_000_000 + at, f"team-{at}", f"Team {at}", people, opens)
    org.enterprise.members |= set(org.members)
    return org
