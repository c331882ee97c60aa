"""The explorer of a few clips as plain files: a folder for a project's page, no server behind it.

    index.html              where the models disagree most, and the list
    clip/<n>.html           one clip as the explorer shows it, its scores of all coalitions inside
    media/<n>.webm, .jpg    the clips, and their film strips
    assets/                 style and scripts

Addresses are relative, so that it may lie anywhere, and pages may be opened from a disk.
"""

import html
import json
import shutil
import zlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from dash import dcc
from dash import html as dash_html

from playfair.explorer import clip_page, page, start_page
from playfair.explorer.attributes import attributes
from playfair.explorer.catalogue import Catalogue
from playfair.explorer.clip_list import item
from playfair.explorer.disagreement import disagreement, surely_wrong
from playfair.explorer.explained import Explained
from playfair.explorer.export_html import ASSETS, URL
from playfair.explorer.markup import Link, markup
from playfair.explorer.scene import Scene
from playfair.explorer.scoring import Scoring
from playfair.explorer.site_scores import answers_of
from playfair.explorer.view import View

STYLES = ("explorer.css",)
SITE_SCRIPTS = (*page.SCRIPTS, "site.js")
ABSENT = "A clip’s pictures could not be put here."
HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><link rel="icon" href="data:,"><style>{palette}</style>
<link rel="stylesheet" href="{up}assets/explorer.css">{scripts}</head><body>
"""

Fetch = Callable[[str], tuple[BinaryIO, str]]


class Site(NamedTuple):
    """What was written.

    Attributes:
        folder: where.
        n_clips: pages of clips.
        page_bytes: of pages, styles and scripts, compressed as servers send them.
        media_bytes: of clips and film strips.
        notes: what could not be put in, a sentence each.
    """

    folder: Path
    n_clips: int
    page_bytes: int
    media_bytes: int
    notes: tuple[str, ...]


def write_site(
    scene: Scene,
    catalogue: Catalogue,
    folder: Path,
    *,
    uids: Sequence[str],
    n_clips: int,
    fetch: Fetch,
) -> Site:
    """Writes the site of a view.

    Args:
        scene: whose stores are shown.
        catalogue: where clips are known from.
        folder: where to; it is new, or holds a site that is written over.
        uids: of the clips; none: those that the models disagree on most.
        n_clips: how many of these.
        fetch: opens what is at a URL of the explorer's page, and says its type.

    Raises:
        NotThereError: a clip is not there.
        ValueError: the folder holds something else.
    """
    _require_free(folder)
    rows = chosen_rows(scene, uids, n_clips)
    scene = replace(scene, order=rows)
    names = {str(scene.first.uids[row]): f"{place:03}" for place, row in enumerate(rows, start=1)}
    for part in ("clip", "media", "assets"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for name in (*STYLES, *SITE_SCRIPTS):
        shutil.copyfile(ASSETS / name, folder / "assets" / name)
    media = _Media(folder, fetch)
    scoring = Scoring()
    notes = media.notes
    reasons = [why for uid in names if (why := catalogue.why_no_picture(scene.entry, uid))]
    notes += reasons
    try:
        start = replace(scene, view=replace(scene.view, page="start"))
        content = start_page.content(start, catalogue)
        _write(folder / "index.html", start, content, media, names, reasons, {})
        for uid, name in names.items():
            view = replace(scene.view, page="clip", uid=uid, classes=(), element=None, off=())
            one = replace(scene, view=view)
            answers = answers_of(one, catalogue, scoring, notes)
            content = clip_page.content(one, catalogue)
            _write(folder / "clip" / f"{name}.html", one, content, media, names, reasons, answers)
    finally:
        scoring.close()
    pages = [file for file in folder.rglob("*") if file.suffix in (".html", ".js", ".css")]
    return Site(
        folder=folder,
        n_clips=len(names),
        page_bytes=sum(len(zlib.compress(file.read_bytes())) for file in pages),
        media_bytes=sum(file.stat().st_size for file in (folder / "media").iterdir()),
        notes=tuple(dict.fromkeys(notes)),
    )


def chosen_rows(scene: Scene, uids: Sequence[str], n_clips: int) -> np.ndarray:
    """The clips of a site: those named, or those that the models disagree on most; (clip,).

    Raises:
        NotThereError: there is no such clip.
    """
    first = scene.first
    for uid in uids:
        first.require(uid, scene.name)
    if uids:
        return np.array([first.rows[uid] for uid in dict.fromkeys(uids)])
    if not isinstance(scene.second, Explained):
        return surely_wrong(first)[:n_clips]
    apart = disagreement(first, scene.second)
    return apart.rows[np.argsort(-apart.distance, kind="stable")][:n_clips]


class _Media:
    """Clips and film strips, written once where a page names them.

    Args:
        folder: of the site.
        fetch: as of `write_site`.
    """

    def __init__(self, folder: Path, fetch: Fetch) -> None:
        self.folder = folder
        self.fetch = fetch
        self.notes: list[str] = []
        self.files: dict[str, str] = {}

    def place(self, url: str) -> str:
        """Where what is at a URL of the explorer lies in the site; "" where it is not there."""
        if url not in self.files:
            self.files[url] = self._written(url)
        return self.files[url]

    def _written(self, url: str) -> str:
        try:
            opened, kind = self.fetch(url)
        except (ValueError, OSError) as error:
            self.notes.append(str(error))
            return ""
        ending = {"video/webm": "webm", "video/mp4": "mp4", "image/jpeg": "jpg"}.get(kind, "bin")
        name = f"media/{len(self.files) + 1:03}.{ending}"
        with opened, (self.folder / name).open("wb") as file:
            shutil.copyfileobj(opened, file)
        return name


def _write(
    file: Path,
    scene: Scene,
    content: Any,
    media: _Media,
    names: Mapping[str, str],
    reasons: Collection[str],
    answers: Mapping[str, Any],
) -> None:
    """One page; why a clip is not in it names folders of its author, which are nobody else's affair."""
    up = "" if file.name == "index.html" else "../"
    link = links(scene, names, up)
    text = markup(_layout(scene, content, up), link)
    text = URL.sub(lambda match: up + media.place(html.unescape(match[0])), text)
    for reason in reasons:
        text = text.replace(html.escape(reason), ABSENT)
    title = "Play Fair" if scene.view.page == "start" else f"Play Fair: clip {scene.view.uid}"
    scripts = "".join(f'<script defer src="{up}assets/{name}"></script>' for name in SITE_SCRIPTS)
    head = HEAD.format(title=html.escape(title), palette=page.PALETTE, up=up, scripts=scripts)
    inside = json.dumps(answers, separators=(",", ":")).replace("<", "\\u003c")
    held = f'<script type="application/json" id="answers">{inside}</script>'
    file.write_text(f"{head}{text}{held}</body></html>\n", encoding="utf-8", errors="replace")


def links(scene: Scene, names: Mapping[str, str], up: str) -> Link:
    """What becomes of the explorer's addresses: pages of the site, where there are such."""

    def link(href: str) -> str | None:
        if not href.startswith("?"):
            return href
        view = View.of(href)
        if view.page == "start":
            return f"{up}index.html"
        if view.page != "clip" or view.classes or view.uid not in names:
            return None
        element = "" if view.element is None else f"?element={view.element}"
        return f"{up}clip/{names[view.uid]}.html{element}"

    return link


def _layout(scene: Scene, content: Any, up: str) -> dash_html.Div:
    """A page of the site: header, the list of its clips, the content."""
    kind = "leaf here" if scene.view.page == "start" else "leaf"
    start = dcc.Link("Disagreements", href=scene.to(page="start"), className=kind)
    find = dcc.Input(type="search", placeholder="a class, or a clip’s name", className="find")
    clips = dash_html.Ol([item(scene, row) for row in scene.order.tolist()])
    label = dash_html.Label(["Find clips", find], className="choice choose-find")
    nav = dash_html.Nav(clips, className="listed", **attributes(aria_label="Clips"))
    panel = dash_html.Aside([label, nav], **attributes(aria_label="Choose"))
    main = dash_html.Main(content, className="content", tabIndex="-1")
    pages = dash_html.Nav(start, className="pages", **attributes(aria_label="Pages"))
    header = dash_html.Header([page.brand(), pages, page.words()], className="top")
    body = dash_html.Div([panel, main], className="body")
    return dash_html.Div([header, body], className="explorer exported site")


def _require_free(folder: Path) -> None:
    """Raises ValueError where a folder holds something else than a site."""
    if folder.is_dir():
        others = {part.name for part in folder.iterdir()} - {
            "index.html",
            "clip",
            "media",
            "assets",
        }
        if others:
            raise ValueError(
                f"{folder} holds {sorted(others)[0]}, which is no part of a site. Type "
                "experiment.export=FOLDER with a folder that is not there yet."
            )
        for part in ("clip", "media", "assets"):
            shutil.rmtree(folder / part, ignore_errors=True)
    elif folder.exists():
        raise ValueError(f"{folder} is a file. Type experiment.export=FOLDER with a new folder.")
