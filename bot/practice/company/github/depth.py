"""What else there is at Lumen Works: what Alice signs in with and made, who else is around, and who did what when."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bot.practice.company import people
from bot.practice.company.github import things
from bot.practice.company.github.state import Member, Org, Token, User
from bot.practice.company.github.things import Authorization, FineGrained, Invitation, Key, Role

FULL_TOKEN = "practice-github-full"
BEN_TOKEN = "practice-ben-token"
ALICE, BEN, INES, YUKI, SARA, BOT = 40004, 40008, 40005, 40009, 40007, 49999
CONTRACTOR, NOBODY = 40120, 40150
APP, INSTALLATION = 7001, 7101
SCOPES = frozenset(
    {"admin:org", "repo", "admin:org_hook", "read:audit_log", "manage_billing:copilot", "admin:enterprise"}
)
RIGHTS = {
    "actions": "read",
    "administration": "write",
    "contents": "read",
    "members": "write",
    "metadata": "read",
    "organization_administration": "write",
    "organization_codespaces": "write",
    "organization_copilot_seat_management": "write",
    "organization_custom_org_roles": "write",
    "organization_hooks": "write",
    "organization_personal_access_token_requests": "write",
    "organization_personal_access_tokens": "write",
    "organization_secrets": "read",
    "organization_self_hosted_runners": "write",
    "pull_requests": "read",
    "repository_hooks": "write",
    "secrets": "read",
}


def add(org: Org, now: datetime) -> None:
    """Add all of it; every moment is told from `now`."""
    _people(org, now)
    _credentials(org, now)
    _roles(org)
    _machines(org, now)
    _licences(org, now)
    _history(org, now)
    _work(org, now)


def ago(now: datetime, *, days: float = 0, hours: float = 0) -> str:
    """A moment before now, as GitHub writes it."""
    return (now - timedelta(days=days, hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _people(org: Org, now: datetime) -> None:
    """A contractor outside who did nothing for three months, and a member who is nobody of the roster."""
    org.identities = {key: each.email for key, each in org.users.items() if each.email and key in org.members}
    org.users[CONTRACTOR] = User(CONTRACTOR, "jonas-lund", "Jonas Lund")
    org.users[NOBODY] = User(NOBODY, "lw-build", "build")
    org.members[NOBODY] = Member()
    org.without_second_factor = {NOBODY}
    runbooks = org.repos["runbooks"]
    runbooks.direct[CONTRACTOR] = "write"
    runbooks.pushes = [_push(90010, CONTRACTOR, ago(now, days=97))]
    org.failed = [
        Invitation(901, 0, "member", INES, ago(now, days=20), "old.hire@lumen.example", (), ago(now, days=13))
    ]
    org.custom = {"release-manager": "maintain", "auditor": "read"}
    own = org.enterprise = things.Enterprise(71001, "lumen", people.COMPANY, owners={INES, BOT})
    own.members = set(org.members)
    own.roles[1] = Role(1, "Enterprise auditor", "Reads the audit log", ("read_audit_log",), users={SARA})
    org.tokens[FULL_TOKEN] = Token("usher-bot", SCOPES)


def _credentials(org: Org, now: datetime) -> None:
    """What people sign in with: Alice's laptop key and tokens; and a token of Yuki's that once added a deploy key."""
    scopes, year = ("repo", "workflow"), ago(now, days=-180)
    made, used = ago(now, days=300), ago(now, hours=20)
    org.authorizations = [
        Authorization(81001, ALICE, "ssh_key", "alice laptop", made, used, ending="SHA256:PracticeFingerprintOfAlice"),
        Authorization(81002, ALICE, "classic_pat", "release script", ago(now, days=90), None, scopes, "a11cea11", year),
        Authorization(81003, BEN, "classic_pat", "ben's scripts", made, ago(now, days=2), scopes, "be4be4be", year),
        Authorization(81004, YUKI, "classic_pat", "reports upload", made, ago(now, days=3), scopes, "0a0a0a0a"),
        Authorization(81005, BOT, "classic_pat", "usher", made, ago(now), ("admin:org", "repo"), "05ee05ee"),
    ]
    org.authorizations[2].secret = BEN_TOKEN
    org.authorizations[3].secret = "practice-yuki-token"
    org.tokens[BEN_TOKEN] = Token("bokafor", frozenset({"repo"}))
    org.tokens["practice-yuki-token"] = Token("ytanaka", frozenset({"repo"}))
    upload = "ssh-ed25519 AAAAC3NzaPracticeKeyOfTheReports upload"
    org.repos["reports"].keys = [
        Key(80002, "reports upload", upload, read_only=False, added_by="ytanaka", created_at=made, token=81004)
    ]
    rights = {"repository": {"contents": "write", "metadata": "read"}}
    granted = ago(now, days=40)
    org.fine_grained = [
        FineGrained(82001, ALICE, 83001, "refund job", rights, granted, ("payments-api",), used, year),
        FineGrained(82002, BEN, 83002, "ben's editor", rights, granted, ("web-shop",), None, year),
    ]
    org.requests = [
        FineGrained(82003, YUKI, 83003, "dashboards", rights, ago(now, days=1), ("reports",), reason="For the board")
    ]


def _roles(org: Org) -> None:
    """Two roles of the organisation: Alice publishes releases, and the platform team reads everything."""
    release, read = ("write_organization_actions_settings",), ("read_organization_audit_log",)
    org.roles = {
        84001: Role(84001, "Release captain", "Publishes releases", release, users={ALICE}),
        84002: Role(84002, "all_repo_read", "Reads every repository", read, "read", "Predefined", teams={"platform"}),
    }


def _machines(org: Org, now: datetime) -> None:
    """What acts without a person, some of it made by Alice: only the audit log knows which."""
    payments, made = org.repos["payments-api"], ago(now, days=210)
    payments.hooks = [things.Hook(85001, "https://hooks.lumen.example/payments", ("push", "release"), made)]
    payments.runners = [things.Runner(86001, "payments-builder")]
    payments.secrets = [things.Secret("BANK_API_KEY", made)]
    payments.environments = [things.Environment(87001, "production", made, (ALICE,), ("oncall",))]
    payments.rulesets = [things.Ruleset(88001, "main is reviewed", made, [("User", ALICE, "always")])]
    org.hooks = [things.Hook(85002, "https://hooks.lumen.example/all", ("repository",), ago(now, days=500))]
    org.runners = [things.Runner(86002, "shared-builder")]
    org.secrets = [things.Secret("DEPLOY_TOKEN", ago(now, days=500))]
    org.rulesets = [things.Ruleset(88002, "tags are signed", made, [("Team", 60003, "pull_request")], "tag")]
    org.apps = {
        "usher-app": things.App(APP, "usher-app", "Usher", BOT, "Runs access runbooks"),
        "refund-deployer": things.App(7002, "refund-deployer", "Refund deployer", ALICE, "Ships refunds"),
    }
    org.installations = [
        things.Installation(INSTALLATION, "usher-app", dict(RIGHTS), ago(now, days=30)),
        things.Installation(7102, "refund-deployer", {"contents": "write", "metadata": "read"}, made, "selected"),
    ]


def _licences(org: Org, now: datetime) -> None:
    made = ago(now, days=120)
    org.seats = {
        ALICE: things.Seat(ALICE, made, ago(now, days=1)),
        BEN: things.Seat(BEN, made, None, team="payments"),
    }
    org.codespaces = [
        things.Codespace(89001, "alice-fix-refunds", ALICE, "payments-api", ago(now, days=12), ago(now, days=2))
    ]


def _history(org: Org, now: datetime) -> None:
    """The audit log of the last months; what nobody did is not in it."""
    payments = {"repo": "lumen-works/payments-api"}
    told: tuple[tuple[float, str, int, dict[str, Any]], ...] = (
        (410, "public_key.create", ALICE, {**payments, "name": "ci-payments"}),
        (210, "hook.create", ALICE, {**payments, "hook_id": 85001}),
        (210, "integration_installation.create", ALICE, {"name": "Refund deployer"}),
        (150, "repo.add_member", INES, {"repo": "lumen-works/runbooks", "user": "jonas-lund"}),
        (97, "git.push", CONTRACTOR, {"repo": "lumen-works/runbooks"}),
        (30, "integration_installation.create", INES, {"name": "Usher"}),
        (9, "team.add_member", INES, {"user": "alice-m", "team": "lumen-works/oncall"}),
        (1, "git.push", ALICE, payments),
    )
    org.audit = [
        things.Event(int((now - timedelta(days=days)).timestamp() * 1000), action, actor, about)
        for days, action, actor, about in told
    ]


def _work(org: Org, now: datetime) -> None:
    """What goes on today: pull requests that wait, a pipeline at work, and what runs each night in Alice's name."""
    payments, shop, runbooks = (org.repos[name] for name in ("payments-api", "web-shop", "runbooks"))
    payments.pulls = [
        things.Pull(311, "Refunds in instalments", ALICE, (BEN,)),
        things.Pull(314, "Retry the bank twice", ALICE),
        things.Pull(315, "Newer libraries", BEN, (ALICE,), ("payments",)),
        things.Pull(290, "Rounding", ALICE, state="MERGED"),
    ]
    shop.pulls = [things.Pull(87, "Pay later", ALICE, teams=("payments",))]
    nightly, deploy = (62001, "reconcile"), (62002, "deploy")
    payments.runs = [
        things.Run(95001, *deploy, BEN, ago(now, hours=0.1), status="in_progress"),
        *(things.Run(95010 + n, *nightly, ALICE, ago(now, days=n + 0.3), "schedule") for n in range(3)),
        things.Run(95020, *deploy, ALICE, ago(now, days=1)),
    ]
    runbooks.runs = [things.Run(95030, 62003, "drill", SARA, ago(now, days=6), "schedule")]


def _push(number: int, actor: int, at: str) -> dict[str, Any]:
    shown = {"before": f"{number - 1:040x}", "after": f"{number:040x}", "ref": "refs/heads/main", "timestamp": at}
    return {"id": number, "node_id": f"PSH_{number}", "activity_type": "push", "actor": actor, **shown}
