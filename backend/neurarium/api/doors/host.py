"""Under which names the server answers: DNS rebinding needs a foreign one."""

import ipaddress
import socket
from collections.abc import Iterable

from starlette.datastructures import Headers
from starlette.types import Scope

from neurarium.api.problems import Refusal

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def own_names(configured: Iterable[str] = ()) -> frozenset[str]:
    """List this computer's names. Its addresses need no list: a connection says which one it came to."""
    name = socket.gethostname().lower()
    names = {name, name.partition(".")[0], *map(str.lower, configured)}
    names |= {f"{known}.local" for known in names if "." not in known}
    return LOOPBACK | names - {""}


def host_of(scope: Scope) -> str:
    """Read the name in the Host header, without the port; empty where there is none or more than one."""
    hosts = Headers(scope=scope).getlist("host")
    if len(hosts) != 1:
        return ""
    host = hosts[0].strip().lower()
    if host.startswith("["):
        name, bracket, port = host[1:].partition("]")
        port = port.removeprefix(":") if port.startswith(":") else port and "?"
        good = bool(bracket)
    else:
        name, _, port = host.partition(":")
        good = True
    return name if good and (not port or (port.isascii() and port.isdigit())) else ""


def check_host(scope: Scope, names: frozenset[str]) -> None:
    """Raise Refusal unless the request calls this computer by a name of its own."""
    host = host_of(scope)
    server = scope.get("server")
    # An address that the connection really came to cannot be a rebound name.
    if host in names or (host and is_address(host) and server and host == server[0]):
        return
    raise Refusal("unknown-host")


def is_address(host: str) -> bool:
    """Tell an IP address from a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def from_here(scope: Scope) -> bool:
    """Say whether the request was made on this computer, by its own address, and by no proxy."""
    client, server = scope.get("client"), scope.get("server")
    if not client or not server or not is_address(client[0]):
        return False
    headers = Headers(scope=scope)
    if "forwarded" in headers or "x-forwarded-for" in headers or "via" in headers:
        return False
    host = host_of(scope)
    direct = ipaddress.ip_address(client[0]).is_loopback or client[0] == server[0]
    return direct and (host in LOOPBACK or is_address(host))
