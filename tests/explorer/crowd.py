"""Many connections at once, from one thread: requests that are never finished, and whole ones."""

import selectors
import socket
import time
from contextlib import ExitStack

HALF = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Not-Finished: "
WHOLE = "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"


def half_open(port: int, n: int, stack: ExitStack) -> list[socket.socket]:
    """Connections that have begun to ask and stay so until the stack ends."""
    return [_begun(port, HALF, stack) for _ in range(n)]


def asked_at_once(port: int, path: str, n: int) -> tuple[list[float], list[bytes]]:
    """n whole requests: seconds until each was answered, counted from the first, and the answers."""
    asked = WHOLE.format(path=path).encode()
    seconds = []
    answers = []
    start = time.perf_counter()
    with ExitStack() as stack, selectors.DefaultSelector() as selector:
        for _ in range(n):
            connection = _begun(port, asked, stack)
            connection.setblocking(False)
            selector.register(connection, selectors.EVENT_READ, [])
        while selector.get_map():
            for key, _ in selector.select(60):
                part = key.fileobj.recv(2**16)
                if part:
                    key.data.append(part)
                    continue
                selector.unregister(key.fileobj)
                seconds.append(time.perf_counter() - start)
                answers.append(b"".join(key.data))
    return seconds, answers


def _begun(port: int, text: bytes, stack: ExitStack) -> socket.socket:
    connection = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60))
    connection.sendall(text)
    return connection
