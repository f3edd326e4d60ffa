"""Requests that reach public hosts alone, whatever a name turns into between a check and the connection."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from niquests import Session


def is_public(address: str) -> bool:
    """Whether an address, as `getaddrinfo` gives it, is outside of this machine and network."""
    return ipaddress.ip_address(address.partition("%")[0]).is_global


def public_session(allowed_hosts: Collection[str]) -> Session:
    """Return a session that follows no redirect, no proxy and no name into this network, but for `allowed_hosts`.

    Names are checked where they are resolved for the connection, so that there is no second answer to them.
    """
    # Loaded here: it takes memory that most processes do not need. By this name it is the library's own urllib3.
    from niquests import Session  # noqa: PLC0415
    from niquests.packages.urllib3.contrib.resolver.system import (  # type: ignore[import-not-found]  # noqa: PLC0415
        SystemResolver,
    )

    class PublicOnly(SystemResolver):  # type: ignore[misc]
        """Finds addresses as the system does, and none that is inside this network."""

        def getaddrinfo(self, host: bytes | str | None, *asked: Any, **more: Any) -> Any:
            """Return what is found. Raises `OSError` for a host that leads into this network."""
            found = super().getaddrinfo(host, *asked, **more)
            name = host.decode("ascii") if isinstance(host, bytes) else host or ""
            if name.lower() not in allowed_hosts and not all(is_public(str(each[4][0])) for each in found):
                raise socket.gaierror(socket.EAI_FAIL, "the host is inside this network")
            return found

    session = Session(resolver=PublicOnly())
    session.max_redirects = 0
    session.trust_env = False
    return session
