"""By which names the explorer may be asked for.

A page of somebody else's can have its own name lead to this machine, and then read all that is
served here, as if it were its own: what a browser says it asks is therefore held against the names
that lead here. An address that is written in numbers has no such name, and is let pass.
"""

import ipaddress
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass

NAMED = re.compile(r"(\[[0-9a-f:.%]+\]|[^:\[\]/@\s]+)(:\d{1,5})?")
LOOPBACK = ("localhost", "127.0.0.1", "::1")
ANYWHERE = ("", "0.0.0.0", "::")


@dataclass(frozen=True)
class Hosts:
    """What a request may say that it asks.

    Args:
        names: of hosts, in small letters.
        numbers: whether any address in numbers will do.
    """

    names: tuple[str, ...]
    numbers: bool = False

    def know(self, header: str | None) -> bool:
        """Whether a Host header names one; its port is a proxy's affair.

        >>> Hosts(("localhost",)).know("localhost:8050"), Hosts(("localhost",)).know("evil.test")
        (True, False)
        """
        name = name_in(header)
        return name in self.names or (self.numbers and _is_address(name))

    def __str__(self) -> str:
        names = [*self.names, "any address in numbers"] if self.numbers else list(self.names)
        return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else names[0]


def hosts_of(host: str, others: Iterable[str] = ()) -> Hosts:
    """The names of an explorer that listens at a host.

    Args:
        host: its name or address.
        others: what else a browser may call it: a proxy's names.

    >>> str(hosts_of("127.0.0.1"))
    'localhost, 127.0.0.1 and ::1'
    """
    host = host.strip("[]").lower()
    names = [name.strip("[]").rstrip(".").lower() for name in others]
    if _is_loopback(host):
        return Hosts(tuple(dict.fromkeys([*LOOPBACK, host, *names])))
    own = [*LOOPBACK, socket.gethostname().lower()]
    if host in ANYWHERE:
        return Hosts(tuple(dict.fromkeys([*own, *names])), numbers=True)
    return Hosts(tuple(dict.fromkeys([host, *own, *names])))


def name_in(header: str | None) -> str:
    """The host in a Host header, in small letters, without its port; "" where there is none."""
    match = NAMED.fullmatch((header or "").strip().lower())
    return match[1].strip("[]").rstrip(".") if match else ""


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    return _is_address(host) and ipaddress.ip_address(host).is_loopback


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
