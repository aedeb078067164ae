"""The suite speaks to this machine only: an audit hook refuses every other address, whichever library asks."""

from __future__ import annotations

import ipaddress
import sys

_WATCHED = frozenset({"socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo"})


class LeftTheMachineError(RuntimeError):
    """A test tried to reach, or to listen on, an address that is not this machine's own."""


def stay_on_this_machine() -> None:
    """Refuse, for the rest of this process, every socket address but loopback and Unix sockets."""
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event not in _WATCHED:
        return
    host = arguments[0] if event == "socket.getaddrinfo" else _host(arguments[1])
    if not is_local(host):
        raise LeftTheMachineError(f"{event} {host!r}: tests bind and reach loopback addresses only.")


def _host(address: object) -> object:
    return address[0] if isinstance(address, tuple) else None


def is_local(host: object) -> bool:
    """Whether `host` is loopback; None stands for a Unix socket or the resolver's own choice."""
    if isinstance(host, bytes | bytearray):
        host = host.decode()
    if host is None or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(str(host).partition("%")[0]).is_loopback
    except ValueError:
        return False
