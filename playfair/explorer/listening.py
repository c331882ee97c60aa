"""A web application at a port: listening, answering, ending.

Waitress holds the connections: one loop reads and writes all of them, and a few threads answer what
has arrived whole. So a request that is never finished, or an answer that is never fetched, costs
some memory and no thread. What is added here: a request has a time within which it must be whole,
whoever waits longest makes room where there are too many, and all that wait are let in at once.
"""

import logging
import resource
import socket
import time
from typing import Any

from flask import Flask
from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer

THREADS = 8  # that answer; a film strip or an export takes one for a second or two
CONNECTIONS = 2000  # at most, and no more than there are files to be had
FILES_LEFT = 200  # for stores, clips and libraries
IDLE_SECONDS = 30  # without a byte either way
REQUEST_SECONDS = 15  # from the first byte of a request to its last
HEADER_BYTES = 2**16
BODY_BYTES = 2**20  # what a click sends is below 10 kB
LET_IN_AT_ONCE = 64
LOOP_SECONDS = 0.5


class _Channel(HTTPChannel):
    """A connection that knows since when it has been in the middle of a request."""

    begun = 0.0

    def received(self, data: bytes) -> bool:
        if self.request is None:
            self.begun = time.time()
        return bool(super().received(data))

    def waits(self) -> bool:
        """Whether nothing is being answered or sent."""
        return not self.requests and not self.total_outbufs_len


class Server(TcpWSGIServer):
    """A web application that listens."""

    channel_class = _Channel

    @property
    def port(self) -> int:
        return int(self.effective_port)

    def serve_forever(self, seconds: float | None = None) -> None:
        """Answers until `shutdown`, or for some seconds."""
        self._stopped = False
        end = None if seconds is None else time.monotonic() + seconds
        while not self._stopped:
            rest = LOOP_SECONDS if end is None else min(LOOP_SECONDS, end - time.monotonic())
            if rest <= 0:
                break
            wasyncore.loop(timeout=rest, use_poll=True, map=self._map, count=1)

    def shutdown(self) -> None:
        """Ends `serve_forever`, which another thread is in."""
        self._stopped = True
        self.pull_trigger()

    def server_close(self) -> None:
        """Closes all connections and ends the threads."""
        self.task_dispatcher.shutdown(timeout=1)
        wasyncore.close_all(self._map, ignore_all=True)

    def readable(self) -> bool:
        if len(self._map) >= self.adj.connection_limit:
            self._make_room()
        return bool(super().readable())

    def handle_accept(self) -> None:
        """Lets in all that wait at the door: one in each round would take a second for 800."""
        for _ in range(LET_IN_AT_ONCE):
            n_connections = len(self._map)
            super().handle_accept()
            if len(self._map) == n_connections:
                break

    def maintenance(self, now: float) -> None:
        super().maintenance(now)
        for channel in list(self.active_channels.values()):
            if channel.request is not None and channel.begun < now - REQUEST_SECONDS:
                channel.will_close = True

    def _make_room(self) -> None:
        """Closes the connections that have waited longest; who has just come is answered soon."""
        waiting = [channel for channel in self.active_channels.values() if channel.waits()]
        waiting.sort(key=lambda channel: channel.creation_time)
        most = self.adj.connection_limit
        for channel in waiting[: len(self._map) - most + 1 + most // 16]:
            # later in this round: a number that is free at once is taken by who comes in, and what
            # was seen of the one that is gone would then end the new one
            channel.will_close = True


def listen(app: Flask, host: str, port: int, tries: int = 50) -> Server:
    """A server at a port, or at the next one that is free.

    Args:
        app: the web application.
        host: the address.
        port: the first that is tried.
        tries: how many are.

    Raises:
        ValueError: none of them is free.
    """
    reason: Exception | None = None
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for candidate in range(port, port + tries):
        try:
            door = socket.create_server((host.strip("[]"), candidate), family=family)
        except (OSError, OverflowError) as error:  # one that is taken, or above 65535
            reason = error
            continue
        return _server(app, door)
    raise ValueError(
        f"None of the ports {port} to {port + tries - 1} of {host} can be had: {reason}. Type "
        "experiment.port=NUMBER."
    )


def serve(server: Server, seconds: float | None = None) -> None:
    """Answers until Ctrl-C, or for some seconds."""
    try:
        server.serve_forever(seconds)
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()


def _server(app: Flask, door: socket.socket) -> Server:
    # it would write a line for every request that waits for a thread
    logging.getLogger("waitress").setLevel(logging.ERROR)
    settings = Adjustments(
        sockets=[door],
        threads=THREADS,
        backlog=1024,
        connection_limit=_connections(),
        channel_timeout=IDLE_SECONDS,
        cleanup_interval=5,
        max_request_header_size=HEADER_BYTES,
        max_request_body_size=BODY_BYTES,
        clear_untrusted_proxy_headers=True,
        expose_tracebacks=False,
        log_socket_errors=False,
        ident=None,
    )
    place: Any = (door.family, door.type, door.proto, door.getsockname())
    return Server(app, map={}, _sock=door, bind_socket=False, adj=settings, sockinfo=place)


def _connections() -> int:
    """How many are held at once; the process may open as many files as it is let."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + FILES_LEFT
    if 0 <= soft < wanted:
        most = wanted if hard < 0 else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        soft = most
    return max(64, min(CONNECTIONS, soft - FILES_LEFT)) if soft >= 0 else CONNECTIONS
