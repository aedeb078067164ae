"""The clients that the connectors use, pointed at the practice company and told not to repeat themselves."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import github as pygithub
import httpx
import jwt
from botocore.config import Config

from bot.practice.company.github import GitHub, depth
from bot.practice.company.start import Company


@contextmanager
def client(url: str, token: str = "practice-github-token", per_page: int = 30) -> Iterator[pygithub.Github]:
    """PyGithub as it is, told not to wait between calls."""
    auth = pygithub.Auth.Token(token)
    api = pygithub.Github(
        base_url=url,
        auth=auth,
        per_page=per_page,
        retry=None,
        timeout=5,
        seconds_between_requests=None,
        seconds_between_writes=None,
    )
    try:
        yield api
    finally:
        api.close()


def aws(company: Company, key_id: str, secret: str, service: str = "iam", patience: float = 10) -> Any:
    """A boto3 client of the company's account that does not repeat what failed."""
    settings = company.environment()
    return boto3.client(
        service,
        endpoint_url=settings["USHER_AWS_ENDPOINT_URL"],
        region_name=settings["USHER_AWS_REGION"],
        aws_access_key_id=key_id,
        aws_secret_access_key=secret,
        config=Config(retries={"total_max_attempts": 1}, read_timeout=patience),
    )


def rest(url: str, token: str = depth.FULL_TOKEN) -> httpx.Client:
    """GitHub's REST as it is on the wire, with a token that may do everything unless another is named."""
    return httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"})


def signed(pem: str, issuer: str = str(depth.APP), minutes: float = 5) -> str:
    """What an app signs to be known: who it is and until when."""
    now = int(time.time())
    return jwt.encode({"iss": issuer, "iat": now - 30, "exp": now + int(minutes * 60)}, pem, "RS256")


def app_token(server: GitHub, **asked: object) -> str:
    """A token of the app `usher-app` in the organisation, for an hour."""
    with rest(server.url, signed(server.app_key())) as api:
        made = api.post(f"/app/installations/{depth.INSTALLATION}/access_tokens", json=asked or None)
    return str(made.raise_for_status().json()["token"])
