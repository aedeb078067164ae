"""The practice company with Teams as its chat: the same people and systems, and a practice Bot Framework."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.player import UNHEARD, until

if TYPE_CHECKING:
    from bot.cli.player import Player
    from bot.practice.company.people import Human
    from bot.practice.company.start import Company
    from bot.practice.teams.service import Service

_PRIVATE = ("P-002", "P-005", "P-006", "P-007", "P-012")  # HR, IT and security; never the people one talks about


@dataclass(slots=True)
class TeamsPractice:
    """A running practice tenant of Teams and company."""

    served: Service
    company: Company

    @property
    def url(self) -> str:
        """The practice Bot Framework."""
        return self.served.tenant.base_url

    def environment(self) -> dict[str, str]:
        """What a bot needs to know to work here: only addresses and secrets differ from the real thing."""
        tenant = self.served.tenant
        return {
            "TEAMS_APP_ID": tenant.app_id,
            "TEAMS_APP_PASSWORD": tenant.password,
            "TEAMS_TENANT_ID": tenant.id,
            "TEAMS_CONNECTOR_URL": self.served.connector,
            "TEAMS_LOGIN_URL": self.served.login,
            "TEAMS_OPENID_URL": self.served.openid,
            "TEAMS_GRAPH_URL": self.served.graph,
            "TEAMS_CATALOG_APP_ID": tenant.catalog,
            **self.company.environment(),
        }

    def welcome(self, bot: str) -> None:
        """Install the bot in the teams and in everybody's chats. Raises NoAnswer."""
        from bot.practice.teams.people import install

        self.served.tenant.bot_url = f"{bot}/api/messages"
        self.served.call(install, self.served.tenant)
        until("Usher to greet everybody", self._greeted, UNHEARD)

    def _greeted(self) -> bool:
        """Whether everybody who has Usher was said hello to: what comes later is about something else."""
        tenant = self.served.tenant
        return all(tenant.personal(one.id).said for one in tenant.people if one.installed)

    def invitation(self, bot: str) -> tuple[str, ...]:
        """Only plays are acted here: people come by the Playground."""
        return ()

    def visit(self, human: Human) -> Player:
        """Teams opened by somebody."""
        from bot.cli.player_teams import TeamsPlayer
        from bot.practice.teams.people import Client

        tenant = self.served.tenant
        found = next(one for one in tenant.people if one.id == human.directory_id)
        return TeamsPlayer(Client(tenant, found), self.served.call)

    def stop(self) -> None:
        """Everything ends."""
        self.served.stop()
        self.company.stop()


def open_teams(folder: Path) -> TeamsPractice:
    """Start the tenant and the systems, which come up behind it."""
    from bot.practice.company.people import COMPANY, humans, person
    from bot.practice.company.start import start_company
    from bot.practice.teams.service import serve
    from bot.practice.teams.tenant import Human, Limits, TeamSeed, Tenant

    everybody = [one.directory_id for one in humans()]
    private = [person(one).directory_id for one in _PRIVATE]
    tenant = Tenant(
        [Human(one.directory_id, one.name, one.email) for one in humans()],
        [TeamSeed("Leaving", private, ["offboarding"]), TeamSeed(COMPANY, everybody, ["access"])],
        name=COMPANY,
        limits=Limits(sends=50),
    )
    return TeamsPractice(serve(tenant), start_company(folder))
