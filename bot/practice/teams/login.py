"""Where a practice tenant gives out tokens, and where the keys of the practice Bot Framework are published."""

from __future__ import annotations

import secrets
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.practice.teams.keys import ISSUER, Key, signed
from bot.practice.teams.tenant import Json, Tenant

GRAPH = "https://graph.microsoft.com/.default"
SCOPES = {"https://api.botframework.com/.default", GRAPH}
# The library that fetches tokens takes no address without https, so the addresses named here are the real ones.
MICROSOFT = "https://login.microsoftonline.com"


async def token(tenant: Tenant, request: Request) -> Response:
    """Client credentials for a token; refused in the words of the real one."""
    given = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
    if request.path_params["tenant"] != tenant.id:
        return _refused("invalid_tenant", "AADSTS90002: Tenant not found.", 400)
    if given.get("grant_type") != "client_credentials" or given.get("scope") not in SCOPES:
        return _refused("invalid_scope", "AADSTS1002012: The provided scope is not valid.", 400)
    if given.get("client_id") != tenant.app_id:
        return _refused("unauthorized_client", "AADSTS700016: Application not found in the directory.", 400)
    if not secrets.compare_digest(given.get("client_secret", ""), tenant.password):
        return _refused("invalid_client", "AADSTS7000215: Invalid client secret provided.", 401)
    made, until = f"practice-token-{secrets.token_hex(16)}", tenant.clock() + tenant.limits.token_seconds
    if given["scope"] == GRAPH:  # it names what the app may do
        made = signed(tenant.keys[-1], {"roles": sorted(tenant.rights), "jti": made})
        tenant.passes[made] = until
    else:
        tenant.tokens[made] = until
    tenant.issued += 1
    return JSONResponse({"token_type": "Bearer", "expires_in": tenant.limits.token_seconds, "access_token": made})


def _refused(error: str, description: str, status: int) -> Response:
    return JSONResponse({"error": error, "error_description": description}, status)


async def discovery(tenant: Tenant, request: Request) -> Response:
    """What a client of the login looks up first."""
    if request.path_params["tenant"] != tenant.id:
        return _refused("invalid_tenant", "AADSTS90002: Tenant not found.", 400)
    here = f"{MICROSOFT}/{tenant.id}"
    ends: Json = {"issuer": f"{here}/v2.0", "authorization_endpoint": f"{here}/oauth2/v2.0/authorize"}
    return JSONResponse(ends | {"token_endpoint": f"{here}/oauth2/v2.0/token"})


async def metadata(tenant: Tenant, _request: Request) -> Response:
    """Who signs what the bot hears, and where the keys are."""
    known = {"issuer": ISSUER, "jwks_uri": f"{tenant.base_url}/v1/.well-known/keys"}
    return JSONResponse(known | {"id_token_signing_alg_values_supported": ["RS256"]})


async def keys(tenant: Tenant, _request: Request) -> Response:
    """The keys of today."""
    return JSONResponse({"keys": [key.public for key in tenant.keys]})


def rotate(tenant: Tenant) -> Key:
    """Sign with a new key from now on; the one before is published no more."""
    tenant.keys[:] = [Key(f"practice-{int(tenant.keys[-1].kid.rpartition('-')[2]) + 1}")]
    return tenant.keys[-1]


def is_let_in(tenant: Tenant, request: Request, *, graph: bool = False) -> bool:
    """Whether the call shows a token that counts today, for the Connector or for `graph`."""
    shown = request.headers.get("authorization", "").removeprefix("Bearer ")
    return (tenant.passes if graph else tenant.tokens).get(shown, 0.0) > tenant.clock()
