"""A small company's files, as its people would write them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from bot.practice.company.people import FILES
from bot.runbooks import TEMPLATES, Mistakes, parse_policy, parse_runbook

TODAY = date(2026, 11, 2)

POLICY = """\
company: Lumen Works
zone: Europe/Paris
channel: offboarding
may_request: {leaver: [hr]}
approvals:
  leaver: {ask: [manager, owners], quorum: 2, fallback: [security]}
systems:
  github:
    name: GitHub
    owner: P-005
    connector: github
"""

LEAVER = """\
trigger: leaver
title: Somebody leaves
objective: Nobody keeps access.
owner: P-005
review_by: 2027-02-01
promise_hours: 1
deadlines: {contain: 1, memberships: 4, hand over: 24, tasks: 48}
contact: Ask Tomasz.
after_hours: Call Sara.
"""

ROSTER = """\
id,name,email,manager,starts,ends
P-001,Grace Oduya,grace@lumen.example,,2015-03-02,
P-005,Ines Ferreira,ines@lumen.example,P-001,2018-02-12,
P-002,Hanna Lindqvist,hanna@lumen.example,P-001,2016-08-15,
P-007,Sara Haddad,sara@lumen.example,P-001,2018-11-05,
P-009,Yuki Tanaka,yuki@lumen.example,P-001,2020-01-20,2026-10-31
"""

TEXTS: Mapping[str, str] = {"policy.yaml": POLICY, "runbooks/leaver.yaml": LEAVER, "roster.csv": ROSTER}

FOLDERS: Mapping[str, Path] = {"practice": FILES, "templates": TEMPLATES}


def wrong_in_policy(text: str) -> list[str]:
    """The mistakes of a policy, each as the sentence people read."""
    try:
        parse_policy(text)
    except Mistakes as found:
        return [str(one) for one in found.mistakes]
    return []


def wrong_in_runbook(text: str) -> list[str]:
    """The mistakes of a runbook, each as the sentence people read."""
    try:
        parse_runbook(text, "leaver.yaml")
    except Mistakes as found:
        return [str(one) for one in found.mistakes]
    return []
