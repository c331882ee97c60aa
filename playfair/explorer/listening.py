"""A web application at a port: listening, answering, ending."""

import socket
import threading

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"  # keeps connections open: the page asks for twenty things

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Says nothing: a line for each request would bury the address."""


def listen(app: Flask, host: str, port: int, tries: int = 50) -> BaseWSGIServer:
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
    for candidate in range(port, port + tries):
        try:
            with socket.create_server((host, candidate)):
                pass
        except (OSError, OverflowError) as error:  # one that is taken, or above 65535
            reason = error
            continue
        return make_server(host, candidate, app, threaded=True, request_handler=_Handler)
    raise ValueError(
        f"None of the ports {port} to {port + tries - 1} of {host} can be had: {reason}. Type "
        "experiment.port=NUMBER."
    )


def serve(server: BaseWSGIServer, seconds: float | None = None) -> None:
    """Answers until Ctrl-C, or for some seconds."""
    if seconds is not None:
        timer = threading.Timer(seconds, server.shutdown)
        timer.daemon = True
        timer.start()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
