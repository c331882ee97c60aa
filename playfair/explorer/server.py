"""The web application: Dash's page, the datasets' clips, exports; only these, and read-only."""

import html
import logging
import re
from io import BytesIO
from tempfile import TemporaryFile
from typing import BinaryIO, NoReturn
from urllib.parse import parse_qs, unquote, urlsplit

from dash import Dash
from dash.exceptions import DependencyException
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, NotFound

from playfair.explorer import callbacks, page
from playfair.explorer.catalogue import Catalogue
from playfair.explorer.error_page import error_page
from playfair.explorer.errors import NotThereError
from playfair.explorer.export_csv import table
from playfair.explorer.export_html import html_page
from playfair.explorer.hosts import Hosts, hosts_of, name_in
from playfair.explorer.known_clip import KnownClip, known_clip
from playfair.explorer.media import strip
from playfair.explorer.scene import Scene, scene_of
from playfair.explorer.served_file import AN_HOUR, open_video, sent
from playfair.explorer.view import View
from playfair.printable import printable, spreadsheet

Answer = tuple[str, int]

log = logging.getLogger("playfair")
# Where Dash writes an address: in an attribute, and in the configuration that its scripts read.
PREFIX = re.compile(r'((?:src|href)="|"requests_pathname_prefix":")(?:/|\\u002f)')
MOST_OF_NAME = 120  # letters of a file's name
HERE = hosts_of("127.0.0.1")
# The browser itself refuses whatever is not from here, and shows the page in no other.
POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' data:; "
    "style-src 'self' 'unsafe-inline'; script-src 'self' {scripts}; object-src 'none'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class _Relative(Dash):
    """Dash with addresses that are relative to the page: a proxy may have it under any path."""

    def interpolate_index(self, **parts: str) -> str:  # type: ignore[override]
        relative = {name: PREFIX.sub(r"\1./", text) for name, text in parts.items()}
        return str(super().interpolate_index(**relative))


def build(catalogue: Catalogue, hosts: Hosts = HERE) -> Flask:
    """The web application that explores a catalogue.

    Args:
        catalogue: what is explored.
        hosts: the names by which it may be asked for.
    """
    app = _Relative(
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
    _guard(server, catalogue, hosts, POLICY.format(scripts=" ".join(app.csp_hashes())))
    _serve_clips(server, catalogue)
    _serve_exports(server, catalogue)
    return server


def _guard(server: Flask, catalogue: Catalogue, hosts: Hosts, policy: str) -> None:
    """Who asks for what is not theirs is refused; who asks for what is not there is told what is."""

    def by_a_known_name() -> Answer | None:
        asked = request.headers.get("Host")
        return None if hosts.know(asked) else _unknown_host(asked, hosts)

    # before what Dash looks at
    server.before_request_funcs.setdefault(None, []).insert(0, by_a_known_name)

    @server.before_request
    def only_what_is_served() -> None:
        if request.path == "/":
            _check(request.query_string.decode(errors="replace"), catalogue)
        elif request.url_rule and request.url_rule.rule == "/<path:path>":
            # Dash would answer any path with its page.
            raise NotFound(f"There is no page {request.path}.")

    @server.after_request
    def nothing_from_elsewhere(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = policy
        response.headers.update(HEADERS)
        return response

    @server.errorhandler(NotFound)
    @server.errorhandler(DependencyException)  # a file that Dash does not have
    def missing(error: Exception) -> Answer:
        message = getattr(error, "description", "There is no such file.")
        return error_page("Not there", message, _links(catalogue)), 404

    @server.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Answer:
        return error_page(error.name, error.description or ""), error.code or 500

    @server.errorhandler(Exception)
    def failed(error: Exception) -> Answer:
        log.error("%s could not be answered", printable(request.path), exc_info=error)
        message = "The explorer failed to answer this. What happened is told in its terminal."
        return error_page("That went wrong", message), 500


def _unknown_host(asked: str | None, hosts: Hosts) -> Answer:
    """Says what to type where the name is a proxy's."""
    name = name_in(asked)
    message = f"This explorer answers to {hosts}. It was asked for another name."
    if name:
        message = (
            f"This explorer answers to {hosts}. It was asked for {name}. If that is a name of this "
            "machine, or of a proxy of yours, end the explorer and type: python run.py "
            f"experiment=explorer 'experiment.hosts=[{name}]'"
        )
    return error_page("Another name", message), 421


def _links(catalogue: Catalogue) -> str:
    contents = catalogue.contents()
    if not contents.entries:
        return "<p>There are no ESVs yet.</p>"
    items = []
    up = "./" + "../" * (request.path.count("/") - 1)
    for key, entry in contents.entries.items():
        link = html.escape(up + View(esvs=key).query())
        items.append(f'<li><a href="{link}">{html.escape(contents.title(entry))}</a></li>')
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
        try:
            return sent(open_video(clip.file, uid), clip.media_type)
        except NotThereError as error:
            _refuse(error)

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
        parts = html_page(
            callbacks.content(scene, catalogue),
            f"{scene.entry.dataset}, {scene.name}, {_clips_of(scene)}",
            lambda url: _fetch(url, catalogue),
        )
        file = TemporaryFile()  # noqa: SIM115, it is closed when it was sent
        for part in parts:
            file.write(part.encode("utf-8", "replace"))
        file.seek(0)
        return _attachment(scene, sent(file, "text/html; charset=utf-8"), "html")

    @server.get("/export.csv")
    def export_csv() -> Response:
        scene = _scene(catalogue)
        text = spreadsheet(table(scene)).to_csv(index=False)
        body = text.encode("utf-8", "replace")
        return _attachment(scene, Response(body, mimetype="text/csv"), "csv")


def _scene(catalogue: Catalogue) -> Scene:
    """What the request's query says."""
    try:
        return scene_of(View.of(request.query_string.decode(errors="replace")), catalogue)
    except callbacks.TROUBLE as error:
        _refuse(error)


def _known(catalogue: Catalogue, key: str, uid: str) -> KnownClip:
    try:
        return known_clip(catalogue, key, uid)
    except callbacks.TROUBLE as error:
        _refuse(error)


def _refuse(error: Exception) -> NoReturn:
    raise NotFound(str(error)) from error


def _fetch(url: str, catalogue: Catalogue) -> tuple[BinaryIO, str]:
    """What the page shows at one of its own URLs, opened, and its type."""
    address = urlsplit(url)
    kind, dataset, store, uid = address.path.strip("/").split("/")
    uid = unquote(uid)
    clip = known_clip(catalogue, f"{dataset}/{store}", uid)
    if kind == "clips":
        return open_video(clip.file, uid), clip.media_type
    frames = parse_qs(address.query).get("frames", [""])[0]
    return BytesIO(strip(clip.file, _frames(frames))), "image/jpeg"


def _frames(listed: str) -> tuple[int, ...]:
    try:
        return tuple(int(frame) for frame in listed.split(","))
    except ValueError:
        raise NotThereError(f"Expected frames=0,4,8; got {listed!r}.") from None


def _clips_of(scene: Scene) -> str:
    return scene.view.uid if scene.view.page == "clip" else "all clips"


def _attachment(scene: Scene, response: Response, kind: str) -> Response:
    """A file to take away, named after what it shows."""
    title = f"playfair {scene.view.esvs} {_clips_of(scene)}"[:MOST_OF_NAME]
    # a header is ASCII, and no file's name has slashes, quotes or dots in it that mean something
    name = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in title)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return response
