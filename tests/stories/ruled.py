"""A town whose policy has a table of rules."""

from __future__ import annotations

from bot.domain.model import PersonId
from bot.practice.company.people import FILES
from bot.store import versions
from tests.fakes.town import _OTHERS, Town

BUSY = """
rules:
  - rule: busy repositories
    when:
      kinds: [organisation]
      last_used: [within 7 days]
    then: ask
"""

EVERYTHING = """
rules:
  - rule: nothing powerful
    when:
      privileged: no
    then: auto
  - rule: powerful too
    when:
      privileged: yes
    then: auto
"""


def with_rules(town: Town, text: str) -> Town:
    """The same town, whose policy ends with this text from now on."""
    return _keep(town, _policy() + text)


def protect(town: Town, person: PersonId) -> Town:
    """The same town, whose policy protects this person from now on, and has no table."""
    return _keep(town, _policy().replace("protected: [P-001]", f"protected: [P-001, {person}]"))


def _policy() -> str:
    return _OTHERS.sub("", (FILES / "policy.yaml").read_text())


def _keep(town: Town, text: str) -> Town:
    with town.engine.db.begin() as tx:
        versions.keep(tx, "policy.yaml", text, town.now)
    return town
