"""The web application: the page and its views, the datasets' clips, exports; only these, and read-only."""

import json
import re
import threading
import time
from io import BytesIO
from tempfile import TemporaryFile
from typing import BinaryIO, NoReturn
from urllib.parse import parse_qs, unquote, urlsplit

from dash import Dash
from flask import Flask, Response, request
from werkzeug.exceptions import NotFound
from werkzeug.routing import PathConverter

from playfair.explorer import controls, page, view_parts
from playfair.explorer.catalogue import Catalogue
from playfair.explorer.conversions import Conversions
from playfair.explorer.errors import TROUBLE, NotThereError
from playfair.explorer.export_csv import table
from playfair.explorer.export_html import html_page
from playfair.explorer.guard import guard
from playfair.explorer.hosts import Hosts, hosts_of
from playfair.explorer.known_clip import KnownClip, known_clip
from playfair.explorer.media import strip
from playfair.explorer.scene import Scene, scene_of
from playfair.explorer.scoring import Scoring
from playfair.explorer.served_file import AN_HOUR, open_video, sent
from playfair.explorer.view import View
from playfair.explorer.what_if import answer
from playfair.printable import printable, spreadsheet

# Where Dash writes an address: in an attribute, and in the configuration that its scripts read.
PREFIX = re.compile(r'((?:src|href)="|"requests_pathname_prefix":")(?:/|\\u002f)')
KEPT_SECONDS = 2.0  # that a page is sent again as it was written: a crowd reloads it
MOST_KEPT = 32
MOST_OF_NAME = 120  # letters of a file's name
HERE = hosts_of("127.0.0.1")


class _Relative(Dash):
    """Dash with addresses that are relative to the page: a proxy may have it under any path.

    The page that is sent shows what its address asks for; Dash brings the controls that work.
    """

    catalogue: Catalogue
    kept: dict[str, tuple[float, str]]
    writing: threading.Lock

    def interpolate_index(self, **parts: str) -> str:  # type: ignore[override]
        relative = {name: PREFIX.sub(r"\1./", text) for name, text in parts.items()}
        relative["app_entry"] = self._body(relative["app_entry"])
        return str(super().interpolate_index(**relative))

    def _body(self, dash: str) -> str:
        """The page with what its address asks for.

        One is written at a time, and kept for a moment: a crowd at the door gets the page's frame,
        and asks again.
        """
        query = request.query_string.decode(errors="replace")
        written, text = self.kept.get(query, (0.0, ""))
        if time.monotonic() - written < KEPT_SECONDS:
            return text
        if not self.writing.acquire(blocking=False):
            return page.body({}, dash, held="")
        try:
            parts = view_parts.answer(query, self.catalogue)
            text = page.body(parts, dash, held=view_parts.held(parts))
        finally:
            self.writing.release()
        if len(self.kept) >= MOST_KEPT:
            self.kept.clear()
        self.kept[query] = (time.monotonic(), text)
        return text


class _Name(PathConverter):
    """A clip's name: any, one that begins with a slash too."""

    regex = ".+?"
    part_isolating = False


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
        assets_ignore=r".*\.js",  # they come before Dash's own: page.SCRIPTS
        suppress_callback_exceptions=True,
        serve_locally=True,
        enable_mcp=False,
        add_log_handler=False,
    )
    app.catalogue = catalogue
    app.kept = {}
    app.writing = threading.Lock()
    app.layout = page.controls()
    controls.register(app)
    server: Flask = app.server
    guard(server, catalogue, hosts, app.csp_hashes())
    server.url_map.merge_slashes = False  # a clip's name may have two
    server.url_map.converters["name"] = _Name
    _serve_views(server, catalogue)
    _serve_clips(server, catalogue)
    _serve_converted(server, catalogue)
    _serve_scores(server, catalogue)
    _serve_exports(server, catalogue)
    return server


def _serve_views(server: Flask, catalogue: Catalogue) -> None:
    @server.get("/view")
    def view() -> Response:
        """What an address shows, or would after one of its controls was set, place by place."""
        query = request.query_string.decode(errors="replace")
        parts = view_parts.answer(
            query, catalogue, request.args.get("set", ""), request.args.get("to", "")
        )
        text = json.dumps(view_parts.as_text(parts), separators=(",", ":"))
        return Response(text, mimetype="application/json")


def _serve_clips(server: Flask, catalogue: Catalogue) -> None:
    @server.get("/clips/<dataset>/<store>/<name:uid>")
    def clip(dataset: str, store: str, uid: str) -> Response:
        clip = _known(catalogue, f"{dataset}/{store}", uid)
        try:
            return sent(open_video(clip.file, uid), clip.media_type)
        except NotThereError as error:
            _refuse(error)

    @server.get("/strips/<dataset>/<store>/<name:uid>")
    def film_strip(dataset: str, store: str, uid: str) -> Response:
        clip = _known(catalogue, f"{dataset}/{store}", uid)
        try:
            body = strip(clip.file, _whole_numbers("frames", request.args.get("frames", "")))
        except TROUBLE as error:
            _refuse(error)
        response = Response(body, mimetype="image/jpeg")
        response.cache_control.max_age = AN_HOUR
        return response


def _serve_converted(server: Flask, catalogue: Catalogue) -> None:
    conversions = Conversions()
    rule = "/converted/<dataset>/<store>/<name:uid>"

    @server.post(rule)
    def convert(dataset: str, store: str, uid: str) -> dict[str, object]:
        """Begins to convert a clip, where that was not begun, and says how far it is."""
        clip = _known(catalogue, f"{dataset}/{store}", uid)
        try:
            begun = conversions.asked(clip.file)
        except (NotThereError, OSError) as error:
            return {"state": "failed", "why": printable(error)}
        return {"state": begun.state, "frames": begun.n_frames, "why": printable(begun.why)}

    @server.get(rule)
    def converted(dataset: str, store: str, uid: str) -> Response:
        clip = _known(catalogue, f"{dataset}/{store}", uid)
        try:
            return sent(open_video(conversions.file(clip.file), uid), "video/webm")
        except (NotThereError, OSError) as error:
            _refuse(error)


def _serve_scores(server: Flask, catalogue: Catalogue) -> None:
    scoring = Scoring()

    @server.post("/scores/<dataset>/<store>/<name:uid>")
    def scores(dataset: str, store: str, uid: str) -> dict[str, object]:
        """Begins to score a clip's coalitions, and says how far that is, or what came of it."""
        asked = request.values  # of the address, and of what is sent
        try:
            return answer(
                catalogue,
                scoring,
                f"{dataset}/{store}",
                uid,
                classes=_whole_numbers("classes", asked.get("classes", "")),
                masks=tuple(filter(None, asked.get("masks", "").split(","))),
                backwards=asked.get("backwards") == "true",
            )
        except TROUBLE as error:
            return {"state": "failed", "why": printable(error)}


def _serve_exports(server: Flask, catalogue: Catalogue) -> None:
    @server.get("/export.html")
    def export_html() -> Response:
        scene = _scene(catalogue)
        parts = html_page(
            view_parts.content(scene, catalogue),
            f"{scene.entry.dataset}, {scene.name}, {_clips_of(scene)}",
            lambda url: fetched(url, catalogue),
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
    except TROUBLE as error:
        _refuse(error)


def _known(catalogue: Catalogue, key: str, uid: str) -> KnownClip:
    try:
        return known_clip(catalogue, key, uid)
    except TROUBLE as error:
        _refuse(error)


def _refuse(error: Exception) -> NoReturn:
    raise NotFound(str(error)) from error


def fetched(url: str, catalogue: Catalogue) -> tuple[BinaryIO, str]:
    """What the page shows at one of its own URLs, opened, and its type."""
    address = urlsplit(url)
    kind, dataset, store, uid = address.path.strip("/").split("/")
    uid = unquote(uid)
    clip = known_clip(catalogue, f"{dataset}/{store}", uid)
    if kind == "clips":
        return open_video(clip.file, uid), clip.media_type
    frames = parse_qs(address.query).get("frames", [""])[0]
    return BytesIO(strip(clip.file, _whole_numbers("frames", frames))), "image/jpeg"


def _whole_numbers(name: str, listed: str) -> tuple[int, ...]:
    try:
        return tuple(int(number) for number in listed.split(",") if number)
    except ValueError:
        raise NotThereError(f"Expected {name}=0,4,8; got {listed!r}.") from None


def _clips_of(scene: Scene) -> str:
    return scene.view.uid if scene.view.page == "clip" else "all clips"


def _attachment(scene: Scene, response: Response, kind: str) -> Response:
    """A file to take away, named after what it shows."""
    title = f"playfair {scene.view.esvs} {_clips_of(scene)}"[:MOST_OF_NAME]
    # a header is ASCII, and no file's name has slashes, quotes or dots in it that mean something
    name = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in title)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return response
