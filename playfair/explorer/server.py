"""The web application: Dash's page, the datasets' clips, exports; only these, and read-only."""

import html
import logging
from typing import NoReturn
from urllib.parse import parse_qs, unquote, urlsplit

from dash import Dash
from dash.exceptions import DependencyException
from flask import Flask, Response, request, send_file
from werkzeug.exceptions import NotFound

from playfair.explorer import callbacks, page
from playfair.explorer.catalogue import Catalogue
from playfair.explorer.errors import NotThereError
from playfair.explorer.export_csv import table
from playfair.explorer.export_html import html_page
from playfair.explorer.known_clip import KnownClip, known_clip
from playfair.explorer.media import strip
from playfair.explorer.scene import Scene, scene_of
from playfair.explorer.view import View

log = logging.getLogger("playfair")
AN_HOUR = 3600  # seconds that a browser keeps a clip
# The browser itself refuses whatever is not from here.
POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' data:; "
    "style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
MISSING = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Not there</title>
<style>:root {{ color-scheme: light dark }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 15vh auto; padding: 0 1rem }}
</style><h1>Not there</h1><p>{message}</p>{stores}"""


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
    _serve_clips(server, catalogue)
    _serve_exports(server, catalogue)
    return server


def _guard(server: Flask, catalogue: Catalogue) -> None:
    """What is asked for and not there is answered with what is; nothing comes from elsewhere."""

    @server.before_request
    def only_what_is_served() -> None:
        if request.path == "/":
            _check(request.query_string.decode(), catalogue)
        elif request.url_rule and request.url_rule.rule == "/<path:path>":
            # Dash would answer any path with its page.
            raise NotFound(f"There is no page {request.path}.")

    @server.after_request
    def nothing_from_elsewhere(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    @server.errorhandler(NotFound)
    @server.errorhandler(DependencyException)  # a file that Dash does not have
    def missing(error: Exception) -> tuple[str, int]:
        message = html.escape(getattr(error, "description", "There is no such file."))
        return MISSING.format(message=message, stores=_links(catalogue)), 404


def _links(catalogue: Catalogue) -> str:
    contents = catalogue.contents()
    if not contents.entries:
        return "<p>There are no ESVs yet.</p>"
    items = []
    for key, entry in contents.entries.items():
        link = html.escape(View(esvs=key).query())
        items.append(f'<li><a href="/{link}">{html.escape(contents.title(entry))}</a></li>')
    return f"<p>There are ESVs of:</p><ul>{''.join(items)}</ul>"


def _check(query: str, catalogue: Catalogue) -> None:
    """A link that names what is not there ends in a 404; other trouble is told on the page."""
    try:
        scene_of(View.of(query), catalogue)
    except NotThereError as error:
        raise NotFound(str(error)) from error
    except callbacks.TROUBLE:
        pass


def _serve_clips(server: Flask, catalogue: Catalogue) -> None:
    @server.get("/clips/<dataset>/<store>/<path:uid>")
    def clip(dataset: str, store: str, uid: str) -> Response:
        clip = _known(catalogue, f"{dataset}/{store}", uid)
        return send_file(clip.file.absolute(), clip.media_type, conditional=True, max_age=AN_HOUR)

    @server.get("/strips/<dataset>/<store>/<path:uid>")
    def film_strip(dataset: str, store: str, uid: str) -> Response:
        clip = _known(catalogue, f"{dataset}/{store}", uid)
        try:
            body = strip(clip.file, _frames(request.args.get("frames", "")))
        except callbacks.TROUBLE as error:
            _refuse(error)
        response = Response(body, mimetype="image/jpeg")
        response.cache_control.max_age = AN_HOUR
        return response


def _serve_exports(server: Flask, catalogue: Catalogue) -> None:
    @server.get("/export.html")
    def export_html() -> Response:
        scene = _scene(catalogue)
        body = html_page(
            callbacks.content(scene, catalogue),
            f"{scene.entry.dataset}, {scene.name}, {_clips_of(scene)}",
            lambda url: _fetch(url, catalogue),
        )
        return _attachment(scene, body, "html")

    @server.get("/export.csv")
    def export_csv() -> Response:
        scene = _scene(catalogue)
        return _attachment(scene, table(scene).to_csv(index=False), "csv")


def _scene(catalogue: Catalogue) -> Scene:
    """What the request's query says."""
    try:
        return scene_of(View.of(request.query_string.decode()), catalogue)
    except callbacks.TROUBLE as error:
        _refuse(error)


def _known(catalogue: Catalogue, key: str, uid: str) -> KnownClip:
    try:
        return known_clip(catalogue, key, uid)
    except callbacks.TROUBLE as error:
        _refuse(error)


def _refuse(error: Exception) -> NoReturn:
    raise NotFound(str(error)) from error


def _fetch(url: str, catalogue: Catalogue) -> tuple[bytes, str]:
    """What the page shows at one of its own URLs, and its type."""
    address = urlsplit(url)
    kind, dataset, store, uid = address.path.strip("/").split("/")
    clip = known_clip(catalogue, f"{dataset}/{store}", unquote(uid))
    if kind == "clips":
        return clip.file.read_bytes(), clip.media_type
    frames = parse_qs(address.query).get("frames", [""])[0]
    return strip(clip.file, _frames(frames)), "image/jpeg"


def _frames(listed: str) -> tuple[int, ...]:
    try:
        return tuple(int(frame) for frame in listed.split(","))
    except ValueError:
        raise NotThereError(f"Expected frames=0,4,8; got {listed!r}.") from None


def _clips_of(scene: Scene) -> str:
    return scene.view.uid if scene.view.page == "clip" else "all clips"


def _attachment(scene: Scene, body: str, kind: str) -> Response:
    """A file to take away, named after what it shows."""
    title = f"playfair {scene.view.esvs} {_clips_of(scene)}"
    name = "".join(letter if letter.isalnum() else "-" for letter in title)
    response = Response(body, mimetype=f"text/{kind}")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return response
