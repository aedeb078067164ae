"""GitHub's routes about what acts without a person: webhooks, apps, runners, environments, rulesets, secrets."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from bot.practice.company.github import shapes, state
from bot.practice.company.github.api import answer, asker, base, listed, owned, sent, token
from bot.practice.company.github.editions import CLOUD
from bot.practice.company.github.places import find
from bot.practice.company.github.state import Org, Refusal, Repo
from bot.practice.company.github.things import Environment, Hook, Ruleset, Runner, Secret

routes = Blueprint("machines", __name__)


# ---- webhooks: nothing in them says who made them ----


@routes.get("/orgs/<org>/hooks")
def org_hooks(org: str) -> Response:
    """The organisation's webhooks; a token needs the scope admin:org_hook, and without it the list is not found."""
    known = owned(org, "admin:org_hook", "organization_hooks")
    return listed(known.hooks, lambda each: _org_hook(known, each))


@routes.delete("/orgs/<org>/hooks/<int:number>")
def remove_org_hook(org: str, number: int) -> Response:
    """Remove a webhook of the organisation."""
    known = owned(org, "admin:org_hook", "organization_hooks")
    known.hooks.remove(_hook(known.hooks, number))
    return answer(None, 204)


@routes.get("/repos/<org>/<name>/hooks")
def hooks(org: str, name: str) -> Response:
    """A repository's webhooks."""
    known, each = find(org, name, "admin", "repository_hooks")
    return listed(each.hooks, lambda one: _repo_hook(known, each, one))


@routes.post("/repos/<org>/<name>/hooks")
def add_hook(org: str, name: str) -> Response:
    """Add a webhook."""
    known, each = find(org, name, "admin", "repository_hooks")
    asked = sent()
    url = asked.get("config", {}).get("url", "")
    if not url:
        raise Refusal(422, "Validation Failed")
    made = Hook(state.number(known), url, tuple(asked.get("events", ["push"])), state.now(), asked.get("active", True))
    each.hooks.append(made)
    return answer(_repo_hook(known, each, made), 201)


@routes.get("/repos/<org>/<name>/hooks/<int:number>")
def hook(org: str, name: str, number: int) -> Response:
    """One webhook."""
    known, each = find(org, name, "admin", "repository_hooks")
    return answer(_repo_hook(known, each, _hook(each.hooks, number)))


@routes.delete("/repos/<org>/<name>/hooks/<int:number>")
def remove_hook(org: str, name: str, number: int) -> Response:
    """Remove a webhook."""
    each = find(org, name, "admin", "repository_hooks")[1]
    each.hooks.remove(_hook(each.hooks, number))
    return answer(None, 204)


def _hook(hooks: list[Hook], number: int) -> Hook:
    for each in hooks:
        if each.id == number:
            return each
    raise Refusal(404)


def _hook_shape(url: str, each: Hook) -> dict[str, Any]:
    return {
        "id": each.id,
        "url": url,
        "ping_url": f"{url}/pings",
        "deliveries_url": f"{url}/deliveries",
        "name": "web",
        "events": list(each.events),
        "active": each.active,
        "config": {"url": each.url, "content_type": "json", "insecure_ssl": "0"},
        "created_at": each.made_at,
        "updated_at": each.made_at,
    }


def _org_hook(known: Org, each: Hook) -> dict[str, Any]:
    return {**_hook_shape(f"{base()}/orgs/{known.login}/hooks/{each.id}", each), "type": "Organization"}


def _repo_hook(known: Org, repo: Repo, each: Hook) -> dict[str, Any]:
    url = f"{base()}/repos/{known.login}/{repo.name}/hooks/{each.id}"
    last = {"code": 200, "status": "active", "message": "OK"}
    return {**_hook_shape(url, each), "type": "Repository", "test_url": f"{url}/tests", "last_response": last}


# ---- runners and secrets ----


@routes.get("/orgs/<org>/actions/runners")
def org_runners(org: str) -> Response:
    """Machines that run builds for the whole organisation."""
    return listed(owned(org, right="organization_self_hosted_runners").runners, _runner, under="runners")


@routes.delete("/orgs/<org>/actions/runners/<int:number>")
def remove_org_runner(org: str, number: int) -> Response:
    """Remove such a machine."""
    return _remove_runner(owned(org, right="organization_self_hosted_runners").runners, number)


@routes.get("/repos/<org>/<name>/actions/runners")
def runners(org: str, name: str) -> Response:
    """Machines that run builds for one repository."""
    return listed(find(org, name, "admin")[1].runners, _runner, under="runners")


@routes.delete("/repos/<org>/<name>/actions/runners/<int:number>")
def remove_runner(org: str, name: str, number: int) -> Response:
    """Remove such a machine."""
    return _remove_runner(find(org, name, "admin")[1].runners, number)


@routes.get("/orgs/<org>/actions/secrets")
def org_secrets(org: str) -> Response:
    """The names of the organisation's secrets for builds."""
    known = owned(org, right="organization_secrets")
    return listed(known.secrets, lambda each: {**_secret(each), "visibility": "all"}, under="secrets")


@routes.get("/repos/<org>/<name>/actions/secrets")
def secrets(org: str, name: str) -> Response:
    """The names of a repository's secrets for builds."""
    return listed(find(org, name, "write", "secrets")[1].secrets, _secret, under="secrets")


def _remove_runner(runners: list[Runner], number: int) -> Response:
    found = [each for each in runners if each.id == number]
    if not found:
        raise Refusal(404)
    runners.remove(found[0])
    return answer(None, 204)


def _runner(each: Runner) -> dict[str, Any]:
    labels = [{"id": at, "name": label, "type": "custom"} for at, label in enumerate(each.labels, start=1)]
    return {"id": each.id, "name": each.name, "os": "linux", "status": each.status, "busy": False, "labels": labels}


def _secret(each: Secret) -> dict[str, Any]:
    return {"name": each.name, "created_at": each.made_at, "updated_at": each.made_at}


# ---- who may let a deployment through, and who may pass a rule by ----


@routes.get("/repos/<org>/<name>/environments")
def environments(org: str, name: str) -> Response:
    """Where a repository is deployed to, with the people and teams whose yes a deployment needs."""
    known, each = find(org, name)
    return listed(each.environments, lambda one: _environment(known, each, one), under="environments")


@routes.get("/repos/<org>/<name>/environments/<environment>")
def environment(org: str, name: str, environment: str) -> Response:
    """One of them."""
    known, each = find(org, name)
    return answer(_environment(known, each, _one_environment(each, environment)))


@routes.put("/repos/<org>/<name>/environments/<environment>")
def change_environment(org: str, name: str, environment: str) -> Response:
    """Set its protection anew; what is left out is taken away. Reviewers must be able to read the repository."""
    known, each = find(org, name, "admin")
    one, asked = _one_environment(each, environment), sent()
    reviewers = asked.get("reviewers") or ()
    people = tuple(each["id"] for each in reviewers if each["type"] == "User")
    teams = {team.id: team.slug for team in known.teams.values()}
    if any(state.level(known, each, key) == "none" for key in people):
        raise Refusal(422, "Validation Failed")
    one.users, one.teams = people, tuple(teams[each["id"]] for each in reviewers if each["type"] == "Team")
    one.wait, one.policy = asked.get("wait_timer") or 0, asked.get("deployment_branch_policy")
    return answer(_environment(known, each, one))


def _one_environment(each: Repo, name: str) -> Environment:
    for one in each.environments:
        if one.name == name:
            return one
    raise Refusal(404)


@routes.get("/repos/<org>/<name>/rulesets")
def rulesets(org: str, name: str) -> Response:
    """A repository's rulesets, and the organisation's unless asked without; a list leaves out who may pass them by."""
    known, each = find(org, name)
    parents = [] if request.args.get("includes_parents") == "false" else known.rulesets
    return listed([*each.rulesets, *parents], lambda one: _ruleset(known, each if one in each.rulesets else None, one))


@routes.get("/repos/<org>/<name>/rulesets/<int:number>")
def ruleset(org: str, name: str, number: int) -> Response:
    """One ruleset; only who may change it is shown who may pass it by."""
    known, each = find(org, name)
    one = _one_ruleset([*each.rulesets, *known.rulesets], number)
    shown = _ruleset(known, each if one in each.rulesets else None, one)
    admin = token().permissions is not None or state.level(known, each, asker().id) == "admin"
    return answer({**shown, **(_bypass(known, one) if admin else {})})


@routes.get("/orgs/<org>/rulesets")
def org_rulesets(org: str) -> Response:
    """The organisation's rulesets."""
    known = owned(org, right="organization_administration")
    return listed(known.rulesets, lambda one: _ruleset(known, None, one))


@routes.get("/orgs/<org>/rulesets/<int:number>")
def org_ruleset(org: str, number: int) -> Response:
    """One of them, with who may pass it by."""
    known = owned(org, right="organization_administration")
    one = _one_ruleset(known.rulesets, number)
    return answer({**_ruleset(known, None, one), **_bypass(known, one)})


@routes.put("/orgs/<org>/rulesets/<int:number>")
def change_org_ruleset(org: str, number: int) -> Response:
    """Change who may pass one of them by."""
    known = owned(org, right="organization_administration")
    one = _rebypassed(known.rulesets, number)
    return answer({**_ruleset(known, None, one), **_bypass(known, one)})


@routes.put("/repos/<org>/<name>/rulesets/<int:number>")
def change_ruleset(org: str, name: str, number: int) -> Response:
    """Change who may pass a repository's ruleset by."""
    known, each = find(org, name, "admin")
    one = _rebypassed(each.rulesets, number)
    return answer({**_ruleset(known, each, one), **_bypass(known, one)})


def _rebypassed(rulesets: list[Ruleset], number: int) -> Ruleset:
    one, actors = _one_ruleset(rulesets, number), sent().get("bypass_actors")
    if actors is not None:
        one.bypass = [(each["actor_type"], each.get("actor_id"), each.get("bypass_mode", "always")) for each in actors]
    return one


def _one_ruleset(rulesets: list[Ruleset], number: int) -> Ruleset:
    for each in rulesets:
        if each.id == number:
            return each
    raise Refusal(404)


def _ruleset(known: Org, repo: Repo | None, each: Ruleset) -> dict[str, Any]:
    place = f"{base()}/repos/{known.login}/{repo.name}" if repo else f"{base()}/orgs/{known.login}"
    return {
        "id": each.id,
        "node_id": f"RRS_{each.id}",
        "name": each.name,
        "target": each.target,
        "source_type": "Repository" if repo else "Organization",
        "source": f"{known.login}/{repo.name}" if repo else known.login,
        "enforcement": "active",
        "_links": {"self": {"href": f"{place}/rulesets/{each.id}"}},
        "created_at": each.made_at,
        "updated_at": each.made_at,
    }


def _bypass(known: Org, each: Ruleset) -> dict[str, Any]:
    named = [
        {"actor_type": kind, "actor_id": number, "bypass_mode": mode}
        for kind, number, mode in each.bypass
        if kind != "User" or known.edition == CLOUD  # a server lets only teams and apps pass
    ]
    return {"bypass_actors": named}


def _environment(known: Org, repo: Repo, each: Environment) -> dict[str, Any]:
    url = f"{base()}/repos/{known.login}/{repo.name}/environments/{each.name}"
    people = [
        {"type": "User", "reviewer": shapes.user(base(), known.users[key])} for key in each.users if key in known.users
    ]
    teams = [{"type": "Team", "reviewer": shapes.team(base(), known, known.teams[slug])} for slug in each.teams]
    waiting = {"id": each.id + 2, "node_id": f"GA_{each.id + 2}", "type": "wait_timer", "wait_timer": each.wait}
    rule = {
        "id": each.id + 1,
        "node_id": f"GA_{each.id}",
        "type": "required_reviewers",
        "prevent_self_review": False,
        "reviewers": people + teams,
    }
    return {
        "id": each.id,
        "node_id": f"EN_{each.id}",
        "name": each.name,
        "url": url,
        "html_url": url,
        "created_at": each.made_at,
        "updated_at": each.made_at,
        "protection_rules": [*([rule] if people or teams else []), *([waiting] if each.wait else [])],
        "deployment_branch_policy": each.policy,
    }
