"""The chats in which Usher speaks, by the word that links, rows, policy and settings have for them."""

from __future__ import annotations

from typing import Final

SLACK: Final = "slack"
TEAMS: Final = "teams"
