"""Whom we call when somebody else names the address: a host we chose, never a place inside our own network."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_HOOKS = {"slack.com": "hooks.slack.com", "slack-gov.com": "hooks.slack-gov.com"}
_PORTS = {"https": 443, "http": 80}


class Unreachable(Exception):
    """The address is not one we call, or nobody answered there as it should be."""


def is_reply_address(address: str, api: str) -> bool:
    """Whether Slack, whose Web API lives at `api`, takes answers at this address; on this machine it is one server."""
    try:
        asked, known = urlsplit(address), urlsplit(api)
        port = asked.port
    except ValueError:
        return False
    if asked.username or asked.password:
        return False
    hooks = _HOOKS.get((known.hostname or "").removeprefix("www."))
    if hooks:
        return (asked.scheme, asked.hostname, port or 443) == ("https", hooks, 443)
    return (asked.scheme, asked.netloc) == (known.scheme, known.netloc)


def looked_up(host: str, port: int) -> frozenset[str]:
    """Every IP address of a host. Raises OSError."""
    return frozenset(str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))


LookUp = Callable[[str, int], frozenset[str]]


def post(address: str, body: object, *, seconds: float = 5, look_up: LookUp = looked_up) -> None:
    """POST JSON to an address from our settings: https to the outside, or to this machine. Raises Unreachable.

    The name is looked up once and that very address is called, so that a name cannot change its mind in between.
    """
    parts = urlsplit(address)
    host = parts.hostname or ""
    try:
        found = look_up(host, parts.port or _PORTS.get(parts.scheme, 443))
    except OSError as error:
        raise Unreachable(f"nobody knows the host {host}") from error
    ip = _outside(host, found)
    netloc = f"[{ip}]" if ":" in ip else ip
    pinned = parts._replace(netloc=f"{netloc}:{parts.port}" if parts.port else netloc).geturl()
    named = f"{host}:{parts.port}" if parts.port else host
    try:
        with httpx.Client(timeout=seconds, follow_redirects=False, trust_env=False) as client:
            answer = client.post(pinned, json=body, headers={"Host": named}, extensions={"sni_hostname": host})
    except httpx.HTTPError as error:
        raise Unreachable(f"no answer ({type(error).__name__})") from error
    if not answer.is_success:
        raise Unreachable(f"answered {answer.status_code}")


def _outside(host: str, found: frozenset[str]) -> str:
    """One IP address of the host, if all of them are where we may call. Raises Unreachable."""
    for ip in found:
        if not is_outside(ip) and not (host in LOOPBACK and _plain(ip).is_loopback):
            raise Unreachable(f"the host {host} lies inside a private network")
    return min(found)


def is_outside(ip: str) -> bool:
    """Whether an IP address is one of the public Internet: not private, not link-local, not this machine."""
    address = _plain(ip)
    return address.is_global and not address.is_multicast


def _plain(ip: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The address, and the IPv4 one that an IPv6 one only wraps."""
    address = ipaddress.ip_address(ip.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        return address.ipv4_mapped or address.sixtofour or address
    return address
