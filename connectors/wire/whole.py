"""One deadline for a whole answer, its head included: the libraries' own time-outs only limit the pause between parts.

A system that lets its answer trickle would otherwise hold one of our threads for as long as it likes.
"""

from __future__ import annotations

import io
import time
from contextlib import suppress
from http.client import HTTPResponse
from threading import local
from typing import TYPE_CHECKING, Any

import httpcore
import httpx
import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Iterable

    from _typeshed import WriteableBuffer
    from urllib3 import BaseHTTPResponse

PATIENCE = 6  # times the time-out, for a whole answer
_USUAL = 10.0  # seconds, where no time-out was set
LARGEST = 50_000_000  # bytes of one answer, unpacked; a page of a thousand accounts has about one million
_PART = 65_536


# ---- http.client, on which urllib3, requests and botocore stand ----


class _Timed(io.RawIOBase):
    """What a socket still says until a moment; after it, a time-out like every other."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        self._raw = raw
        self._sock = sock
        self._pause = sock.gettimeout() or _USUAL
        self._until = time.monotonic() + PATIENCE * self._pause

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int | None:
        """Some bytes. Raises TimeoutError after the pause of the socket, or when the whole answer is late."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the whole answer took too long")
        self._sock.settimeout(min(self._pause, left))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        """Leave the socket as it was: the next request may use it."""
        if not self.closed:
            with suppress(OSError):
                self._sock.settimeout(self._pause)
            self._raw.close()
        super().close()


class Whole(HTTPResponse):
    """An answer that must be there, to its last byte, within six times the time-out of its socket."""

    def __init__(self, sock: socket.socket, *args: Any, **settings: Any) -> None:
        super().__init__(sock, *args, **settings)
        self.fp: io.BufferedReader = io.BufferedReader(_Timed(self.fp.detach(), sock))


class _Connection(HTTPConnection):
    response_class = Whole


class _TlsConnection(HTTPSConnection):
    response_class = Whole


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class WholeAnswers(HTTPAdapter):
    """For a session of requests."""

    def build_response(self, req: requests.PreparedRequest, resp: BaseHTTPResponse) -> requests.Response:
        """The answer, unpacked no larger than any is. Raises requests.RequestException."""
        response = super().build_response(req, resp)
        read = bytearray()
        for part in response.iter_content(_PART):
            read += part
            if len(read) > LARGEST:
                response.close()
                raise requests.exceptions.ContentDecodingError
        response._content = bytes(read)  # noqa: SLF001 - where requests keeps what was read
        return response

    def init_poolmanager(self, *args: Any, **settings: Any) -> None:
        """Make connections whose answers have a deadline."""
        super().init_poolmanager(*args, **settings)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}


# ---- httpcore, on which httpx stands ----


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, until: local) -> None:
        self._stream = stream
        self._until = until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Some bytes. Raises httpcore.ReadTimeout when the whole answer is late too."""
        left: float = getattr(self._until, "at", time.monotonic() + _USUAL) - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the whole answer took too long")
        return self._stream.read(max_bytes, left if timeout is None else min(timeout, left))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """A request begins, and with it the time for its answer."""
        self._until.at = time.monotonic() + PATIENCE * (timeout or _USUAL)
        self._stream.write(buffer, timeout)

    def close(self) -> None:
        """The connection is over."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """The same inside TLS."""
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, timeout), self._until)

    def get_extra_info(self, info: str) -> Any:
        """What the connection knows."""
        return self._stream.get_extra_info(info)


class _Network(httpcore.NetworkBackend):
    def __init__(self) -> None:
        self._real = httpcore.SyncBackend()
        self._until = local()  # a request is sent and its answer read by one thread

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection whose answers have a deadline."""
        return _Stream(self._real.connect_tcp(host, port, timeout, local_address, socket_options), self._until)


def whole(client: httpx.Client) -> httpx.Client:
    """The same client, with its proxies; each of its answers must be there within six times its time-out."""
    for transport in (client._transport, *client._mounts.values()):  # noqa: SLF001 - httpx offers no way to hand it in
        if isinstance(transport, httpx.HTTPTransport):
            transport._pool._network_backend = _Network()  # noqa: SLF001
    return client
