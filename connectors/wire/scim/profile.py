"""How applications bend SCIM 2.0, as data: only what the vendor's own page says; everything else is the standard.

What holds for every server stands in no profile: booleans written as text are read, never sent; a PATCH has one
operation; attribute names are read in any case; a search is believed once it was seen to find and to leave out.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.model import Assign, Change, Delete, Resume, Revoke, Suspend
from connectors.interface import ConnectorError, Kind


@dataclass(frozen=True, slots=True)
class Profile:
    """What one application does differently, and the page of its vendor that says so.

    `inactive_deletes`: `active: false` removes the account, and nothing of ours brings it back.
    `deletes`: DELETE removes the account; where it only makes it inactive, or must not be used, Usher never sends it.
    `patch`: None is what the server says of itself; False writes whole entries by PUT.
    `accounts_by`: what the list of accounts can be searched for. Empty: it is read to its end.
    `groups`: None is what the server says of itself; False: it has none over SCIM.
    `groups_by`: what finds the groups of a member. Empty: the groups are read to their end.
    `members_shown`: whether a group says who is in it. Where not, a search for group and member does.
    `removal_by_value`: a member is removed by `members` with a value, and not by a path that names the value.
    `cursor`: pages follow a cursor (RFC 9865) and have no total.
    `most`: entries of one page, `rate`: writes a second that the vendor allows, `me`: whether it knows `/Me`.
    `beyond`: what SCIM does not reach there, in words, for whoever looks by eye.
    """

    key: str
    name: str
    page: str
    inactive_deletes: bool = False
    deletes: bool = True
    patch: bool | None = None
    accounts_by: tuple[str, ...] = ("userName", "emails.value")
    groups: bool | None = None
    groups_by: str = "members.value"
    members_shown: bool = True
    removal_by_value: bool = False
    cursor: bool = False
    most: int = 100
    me: bool = False
    rate: float | None = None
    beyond: str = ""

    @property
    def can(self) -> frozenset[type[Change]]:
        """The most that this application allows over SCIM; what of it is refused, and why, says `cannot_rest`."""
        some: set[type[Change]] = {Suspend, Resume}
        if self.groups is not False:
            some |= {Revoke, Assign}
        if self.deletes:
            some.add(Delete)
        return frozenset(some)


def cannot_rest(name: str) -> dict[type[Change], str]:
    """What is refused where `active: false` deletes, in words for whoever does it instead."""
    lost = (
        f"{name} deletes an account that is made inactive, and nothing brings it back. Save what the account "
        "holds, then remove it by hand, or let it be deleted at the end of the time you keep accounts."
    )
    return {Suspend: lost, Resume: f"{name} deletes an account that is made inactive: there is none to bring back."}


STANDARD = Profile("standard", "SCIM 2.0", "https://www.rfc-editor.org/rfc/rfc7644", me=True)

SLACK = Profile(
    "slack",
    "Slack",
    "https://docs.slack.dev/reference/scim-api/scim-api-2",
    deletes=False,  # "Sets a Slack user to deactivated": the same as making it inactive
    rate=3.0,  # 180 writes a minute, all SCIM apps together: docs.slack.dev/reference/scim-api/rate-limits
    beyond="Look for apps and tokens of this person in Slack's own administration.",
)

NOTION = Profile(
    "notion",
    "Notion",
    "https://www.notion.com/help/provision-users-and-groups-with-scim",
    inactive_deletes=True,  # setting `active` to false removes somebody from the workspace, as DELETE does
    accounts_by=("email",),  # the page names email, given_name and family_name, which are no names of SCIM
    groups_by="",  # groups can be searched for by displayName only
    beyond="Guests, private pages and connections of this person are not in SCIM. Look for them in Notion's settings.",
)

ATLASSIAN = Profile(
    "atlassian",
    "Atlassian",
    "https://developer.atlassian.com/cloud/admin/user-provisioning/rest/intro/",
    deletes=False,  # deletion is not supported: DELETE makes the account inactive and unlinks it
    accounts_by=("userName",),  # eq on userName and externalId
    groups_by="",
    beyond="API tokens of this account rest while it is inactive and work again once it is active. Delete them in "
    "Atlassian's administration. What it can reach in other organisations is not in SCIM.",
)

AWS = Profile(
    "aws-identity-center",
    "AWS IAM Identity Center",
    "https://docs.aws.amazon.com/singlesignon/latest/developerguide/limitations.html",
    accounts_by=("userName",),  # listusers.html: userName, externalId, groups.value; eq only
    groups_by="members",  # listgroups.html; beside it only id and displayName
    members_shown=False,  # listgroups.html: GetGroup and ListGroups return an empty list of members
    removal_by_value=True,  # patchgroup.html: no removal of all, up to a hundred members by value
    cursor=True,  # listusers.html: startIndex is not supported
    beyond="Which AWS accounts a group opens, and sessions already open, are not in SCIM. The AWS connector sees them.",
)

GITHUB_ENTERPRISE = Profile(
    "github-enterprise",
    "GitHub, enterprise with managed users",
    "https://docs.github.com/en/enterprise-cloud@latest/rest/enterprise-admin/scim",
    accounts_by=("userName",),  # userName, externalId, id, displayName
    groups_by="",  # externalId, id, displayName; the account itself names its groups
    # What rests and comes back: GitHub's page about deprovisioning and reinstating users with SCIM.
    beyond="While the account is suspended its keys, tokens and groups rest and are hidden; they come back with it. "
    "Deleting it ends them for good.",
)

GITHUB_ORGANIZATION = Profile(
    "github-organization",
    "GitHub, organization with SAML",
    "https://docs.github.com/en/enterprise-cloud@latest/rest/scim/scim",
    inactive_deletes=True,  # removes the user from the organization and deletes its SCIM id
    accounts_by=("userName", "emails"),
    groups=False,  # the page has users only
    beyond="Teams, keys and tokens are not in SCIM. The GitHub connector sees them.",
)

GITLAB_GROUP = Profile(
    "gitlab-group",
    "GitLab, group with SAML",
    "https://docs.gitlab.com/development/internal_api/#group-scim-api",
    inactive_deletes=True,  # "Identity removal if active = false"; DELETE ends the membership of the group as well
    groups=False,  # /Users only
    beyond="Access tokens, deploy keys and memberships of single projects are not in SCIM. Look in GitLab.",
)

GITLAB = Profile(
    "gitlab",
    "GitLab, own server",
    "https://docs.gitlab.com/development/internal_api/#instance-scim-api",
    deletes=False,  # DELETE blocks the user, as `active: false` does
    groups=False,
    beyond="Access tokens and keys stop while the user is blocked. Which projects they reach is not in SCIM.",
)

PAGERDUTY = Profile(
    "pagerduty",
    "PagerDuty",
    "https://support.pagerduty.com/main/docs/assign-or-deactivate-users",
    inactive_deletes=True,  # "When set to false, the user will be deleted."
    beyond="Schedules and escalation policies that name this person are not in SCIM. Look in PagerDuty.",
)

PROFILES = {
    profile.key: profile
    for profile in (
        STANDARD,
        SLACK,
        NOTION,
        ATLASSIAN,
        AWS,
        GITHUB_ENTERPRISE,
        GITHUB_ORGANIZATION,
        GITLAB_GROUP,
        GITLAB,
        PAGERDUTY,
    )
}


def profile_named(key: str) -> Profile:
    """The profile of this name. Raises ConnectorError that names those there are."""
    found = PROFILES.get(key.strip().lower())
    if found is None:
        said = f"The setting PROFILE is none of these: {', '.join(PROFILES)}."
        raise ConnectorError(said, kind=Kind.CREDENTIAL)
    return found
