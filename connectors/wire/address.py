"""Where a system is: an address that a setting names, before a token travels there."""

from __future__ import annotations

from urllib.parse import urlsplit

from connectors.interface import ConnectorError, Kind

HERE = frozenset({"127.0.0.1", "localhost", "::1"})


def safe(url: str, setting: str) -> str:
    """The same address. Raises ConnectorError where it is none, or where all on the way could read a token."""
    try:
        address = urlsplit(url)
        host = address.hostname
    except ValueError:
        raise ConnectorError(f"The setting {setting} is not an address.", kind=Kind.CREDENTIAL) from None
    if not host or (address.scheme != "https" and not (address.scheme == "http" and host in HERE)):
        said = f"The setting {setting} must begin with https:// and a host, or the token would travel in the clear."
        raise ConnectorError(said, kind=Kind.CREDENTIAL)
    return url
