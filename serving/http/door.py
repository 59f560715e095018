"""Who may be connected: so many in all, so many of one client, and who gives way to whom.

Somebody who connects and asks nothing holds a file descriptor, of which a process has few. Where
there is no room, the connection of a client that has waited longest without asking anything gives
way: the newcomer's own client's, if that is at its bound, else that of the client with most. So who
asks gets in, however many sit there and don't.
"""

from __future__ import annotations

import resource
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Generic, TypeVar

C = TypeVar("C")

MOST = 4_096
"""Connections of a process, if it may open files enough."""


@dataclass(frozen=True)
class Limits:
    """How many connections a process takes.

    Attributes
    ----------
    most
        Of all clients together.
    of_one
        Of one client: so few that the others find room, so many that a proxy needs no more.
    open_files
        What the system allows the process (``ulimit -n``): the store and the lake need some too.
    """

    most: int
    of_one: int
    open_files: int


def limits(open_files: int | None = None) -> Limits:
    """Give the limits in force.

    >>> limits(1_024)
    Limits(most=768, of_one=192, open_files=1024)
    """
    if open_files is None:
        open_files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    endless = open_files == resource.RLIM_INFINITY
    most = MOST if endless else max(4, min(MOST, open_files * 3 // 4))
    return Limits(most, most // 4, open_files)


def client_of(host: str) -> str:
    """Name whom an address belongs to: in IPv6 everybody has 2**64 of them.

    >>> client_of("127.0.0.1"), client_of("::ffff:127.0.0.1"), client_of("2001:db8::1:2:3:4")
    ('127.0.0.1', '127.0.0.1', '2001:db8::/64')
    """
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return host
    return str(address.ipv4_mapped or ip_network((address, 64), strict=False))


@dataclass
class _Client(Generic[C]):
    """A client's connections, and those of them that ask nothing, the longest so first."""

    every: set[C] = field(default_factory=set)
    idle: dict[C, None] = field(default_factory=dict)


class Door(Generic[C]):
    """Counts connections, and says who gives way. Of one event loop."""

    def __init__(self, bounds: Limits) -> None:
        self.bounds, self.count = bounds, 0
        self._clients: dict[str, _Client[C]] = {}

    def enter(self, client: str, connection: C) -> tuple[bool, C | None]:
        """Let a connection in, idle for now.

        Returns
        -------
        tuple of bool and C or None
            Whether it is in, and which other has given way: to be closed.
        """
        found = self._clients.setdefault(client, _Client())
        crowded = self._crowded(found)
        loser = next(iter(crowded.idle)) if crowded is not None and crowded.idle else None
        if crowded is not None and loser is None:
            self._drop_empty(client)
            return False, None
        found.every.add(connection)
        found.idle[connection] = None
        self.count += 1
        return True, loser

    def _crowded(self, newcomer: _Client[C]) -> _Client[C] | None:
        """Say who must give way; None: there is room."""
        if len(newcomer.every) >= self.bounds.of_one:
            return newcomer
        if self.count < self.bounds.most:
            return None
        idle = [each for each in self._clients.values() if each.idle]
        return max(idle, key=lambda each: len(each.every), default=newcomer)

    def asks(self, client: str, connection: C) -> None:
        """Note that a connection is being answered: it gives way to nobody."""
        if (found := self._clients.get(client)) is not None:
            found.idle.pop(connection, None)

    def rests(self, client: str, connection: C) -> None:
        """Note that it asks nothing now."""
        found = self._clients.get(client)
        if found is not None and connection in found.every:
            found.idle[connection] = None

    def leave(self, client: str, connection: C) -> None:
        """Forget a connection; one that is not in is none."""
        found = self._clients.get(client)
        if found is not None and connection in found.every:
            found.every.discard(connection)
            found.idle.pop(connection, None)
            self.count -= 1
            self._drop_empty(client)

    def _drop_empty(self, client: str) -> None:
        if not self._clients[client].every:
            del self._clients[client]
