"""The server: Dash's page, the dataset's clips, exports; only these, read-only, and nothing from elsewhere."""

import html
import logging
import socket
import threading
from difflib import get_close_matches
from urllib.parse import parse_qs, urlsplit

from dash import Dash
from dash.exceptions import DependencyException
from flask import Flask, Response, request, send_file
from werkzeug.exceptions import NotFound
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from playfair.explorer import callbacks, export, page
from playfair.explorer.catalogue import Catalogue, Unknown
from playfair.explorer.media import clip_file, strip
from playfair.explorer.shown import show
from playfair.explorer.view import View
from playfair.video.reader import VideoError

log = logging.getLogger("playfair")
# The browser itself refuses whatever is not from here
POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' data:; style-src 'self' 'unsafe-inline'; "
    "script-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
MISSING = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Not there</title>
<style>:root {{ color-scheme: light dark }} body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 40rem;
margin: 15vh auto; padding: 0 1rem }}</style><h1>Not there</h1><p>{told}</p>{there}"""


def build(catalogue: Catalogue) -> Flask:
    """The web application that explores a catalogue."""
    app = Dash(
        __name__,
        title="Play Fair",
        update_title="",
        index_string=page.INDEX,
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
        suppress_callback_exceptions=True,
        serve_locally=True,
        enable_mcp=False,
        add_log_handler=False,
    )
    app.layout = page.layout()
    callbacks.register(app, catalogue)
    server: Flask = app.server
    _guard(server, catalogue)
    _routes(server, catalogue)
    return server


def _guard(server: Flask, catalogue: Catalogue) -> None:
    @server.before_request
    def only_what_is_served() -> None:
        if request.path == "/":
            _check(request.query_string.decode(), catalogue)
        elif (
            request.url_rule and request.url_rule.rule == "/<path:path>"
        ):  # Dash would answer it with its page
            raise NotFound(f"There is no page {request.path}.")

    @server.after_request
    def nothing_from_elsewhere(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    @server.errorhandler(NotFound)
    @server.errorhandler(DependencyException)  # a file that Dash does not have
    def missing(error: Exception) -> tuple[str, int]:
        studies = catalogue.studies()
        links = "".join(
            f'<li><a href="/?study={html.escape(s)}">{html.escape(s)}</a></li>' for s in studies
        )
        there = (
            f"<p>There are these studies:</p><ul>{links}</ul>"
            if links
            else "<p>There is no study yet.</p>"
        )
        return MISSING.format(
            told=html.escape(getattr(error, "description", "There is no such file.")), there=there
        ), 404


def _check(query: str, catalogue: Catalogue) -> None:
    """A link that names what is not there ends in a 404; other trouble is told on the page."""
    try:
        show(View.of(query), catalogue)
    except Unknown as error:
        raise NotFound(str(error)) from error
    except (ValueError, OSError, KeyError):
        pass


def _routes(server: Flask, catalogue: Catalogue) -> None:
    @server.get("/clips/<dataset>/<uid>.webm")
    def clip(dataset: str, uid: str) -> Response:
        try:
            return send_file(
                clip_file(catalogue, dataset, uid).absolute(),
                "video/webm",
                conditional=True,
                max_age=3600,
            )
        except Unknown as error:
            raise NotFound(_with_neighbours(error, catalogue, dataset, uid)) from error

    @server.get("/strips/<dataset>/<uid>.jpg")
    def film(dataset: str, uid: str) -> Response:
        try:
            body, kind = fetch(request.full_path)
        except (VideoError, OSError) as error:
            raise NotFound(
                f"Clip {uid} of {dataset} has no such frames, or cannot be decoded."
            ) from error
        except ValueError as error:
            raise NotFound(str(error)) from error
        response = Response(body, mimetype=kind)
        response.cache_control.max_age = 3600
        return response

    @server.get("/export.html")
    def export_html() -> Response:
        shown = _shown()
        title = (
            f"{shown.view.study}, {shown.view.uid if shown.view.page == 'clip' else 'all clips'}"
        )
        palette = page.INDEX.split("<style>")[1].split("</style>")[0]
        body = export.page(callbacks.content(shown, catalogue), title, palette, fetch)
        response = Response(body, mimetype="text/html")
        response.headers["Content-Disposition"] = (
            f'attachment; filename="playfair-{_file_name(title)}.html"'
        )
        return response

    @server.get("/export.csv")
    def export_csv() -> Response:
        shown = _shown()
        title = f"{shown.view.study}-{shown.view.uid if shown.view.page == 'clip' else 'all-clips'}"
        response = Response(export.table(shown).to_csv(index=False), mimetype="text/csv")
        response.headers["Content-Disposition"] = (
            f'attachment; filename="playfair-{_file_name(title)}.csv"'
        )
        return response

    def _shown():  # type: ignore[no-untyped-def]
        try:
            return show(View.of(request.query_string.decode()), catalogue)
        except (ValueError, OSError, KeyError) as error:
            raise NotFound(str(error)) from error

    def fetch(url: str) -> tuple[bytes, str]:
        """What the page shows at one of its own URLs, and its type."""
        address = urlsplit(url)
        kind, dataset, name = address.path.strip("/").split("/")
        path = clip_file(catalogue, dataset, name.rpartition(".")[0])
        if kind == "clips":
            return path.read_bytes(), "video/webm"
        frames = parse_qs(address.query).get("frames", [""])[0].split(",")
        return strip(path, tuple(int(frame) for frame in frames)), "image/jpeg"


def _with_neighbours(error: Unknown, catalogue: Catalogue, dataset: str, uid: str) -> str:
    study = next((s for s in catalogue.studies() if s.startswith(f"{dataset}/")), None)
    if study is None:
        return str(error)
    uids = show(View(study=study), catalogue).first.rows
    return f"{error} It has {len(uids):,} clips, such as {', '.join(get_close_matches(uid, uids, n=5, cutoff=0))}."


def _file_name(title: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in title)


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"  # keeps connections open: the page asks for twenty things

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


def listen(app: Flask, host: str, port: int, tries: int = 50) -> BaseWSGIServer:
    """A server at `port`, or the next one that is free. Raises ValueError where none of `tries` is."""
    for candidate in range(port, port + tries):
        try:
            with socket.create_server((host, candidate)):
                pass
        except (OSError, OverflowError) as error:  # one that is taken, or above 65535
            told = error
            continue
        return make_server(host, candidate, app, threaded=True, request_handler=_Handler)
    raise ValueError(
        f"None of the ports {port} to {port + tries - 1} of {host} can be had: {told}. Type experiment.port=NUMBER."
    )


def serve(server: BaseWSGIServer, seconds: float | None = None) -> None:
    """Answers until Ctrl-C, or for `seconds`."""
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
