"""A repository that somebody administers: who else does, who could take it over, and whether it is in use."""

from __future__ import annotations

from functools import partial

from bot.domain.model import Account, Asset
from connectors.github import facts
from connectors.github.place import Place, together
from connectors.github.wire import REPOSITORY, Api, Row, permitted


def asset(api: Api, place: Place, who: Account, row: Row) -> Asset:
    """The repository as something she leaves behind. Raises ConnectorError."""
    path = f"/repos/{row['full_name']}"
    people, direct, activity = together(
        api,
        (
            partial(api.every, f"{path}/collaborators", needs=REPOSITORY, affiliation="all"),
            partial(api.every, f"{path}/collaborators", needs=REPOSITORY, affiliation="direct"),
            partial(permitted, partial(api.send, "GET", f"{path}/activity", params={"per_page": 100})),
        ),
    )
    own = str(place.own["id"])
    # An owner reaches every repository; only one who was put on this one by name counts as its administrator.
    through = (one for one in people if str(one["id"]) not in place.owners)
    admins = [one for one in (*direct, *through) if facts.role_of(one) == "admin" and str(one["id"]) != own]
    writers = [one for one in people if facts.can_write(one) and str(one["id"]) != own]
    return facts.administered(who, row, admins, writers, facts.last_push(activity))
