"""URL → what a view shows in each place of the page. Controls and clicks only change the URL."""

import json
import logging
from dataclasses import replace
from threading import Thread
from typing import Any

from dash import html

from playfair.explorer import clip_page, page, population_page, start_page
from playfair.explorer.catalogue import Catalogue
from playfair.explorer.clip_list import clip_list
from playfair.explorer.controls import CONTROLS, change, choices, store_options
from playfair.explorer.errors import TROUBLE, NotThereError
from playfair.explorer.markup import markup
from playfair.explorer.page import Parts
from playfair.explorer.scene import Scene, scene_of
from playfair.explorer.view import View

log = logging.getLogger("playfair")


def answer(search: str, catalogue: Catalogue, control: str = "", value: str = "") -> Parts:
    """What is shown at an address, or after one of its controls was set; or why it cannot be.

    Args:
        search: the address's query.
        catalogue: where stores and clips are known from.
        control: one of CONTROLS; "" where none was set.
        value: what it was set to.
    """
    try:
        view = View.of(search)
        if control not in CONTROLS:
            return everything(scene_of(view, catalogue), catalogue)
        chosen = _value(control, value)
        scene = _after(change(view, control, chosen, catalogue.contents()), catalogue)
        return everything(scene, catalogue, typing=control == "find")
    except TROUBLE as error:
        log.warning("%s", error)
        return message(str(error), catalogue)


def look_ahead(catalogue: Catalogue) -> None:
    """Opens what the first page shows, so that it is open when a browser asks: in a thread."""
    if catalogue.contents().entries:
        Thread(target=answer, args=("", catalogue), daemon=True).start()


def _value(control: str, text: str) -> Any:
    """What a control was set to, as it offers it."""
    if control != "class":
        return text
    try:
        return int(text)
    except ValueError:
        raise NotThereError(f"Expected the number of a class, got {text!r}.") from None


def content(scene: Scene, catalogue: Catalogue) -> html.Div:
    """What the view shows, as components: for the page, and for the file to take away."""
    if scene.view.page == "population":
        return population_page.content(scene, catalogue)
    if scene.view.page == "start":
        return start_page.content(scene, catalogue)
    return clip_page.content(scene, catalogue)


def _after(view: View, catalogue: Catalogue) -> Scene:
    """What a control leads to: another clip, where the store chosen does not hold this one."""
    try:
        return scene_of(view, catalogue)
    except NotThereError:
        return scene_of(replace(view, uid=""), catalogue)


def everything(scene: Scene, catalogue: Catalogue, *, typing: bool = False) -> dict[str, Any]:
    """What a view shows in each place of the page.

    Args:
        scene: the view, opened.
        catalogue: where clips are known from.
        typing: whether a clip is being searched for.
    """
    query = scene.view.query()
    shown = content(scene, catalogue)  # first: of two models it reads all scores in one pass
    controls = choices(scene)
    values = {name: value for name, (_, value) in controls.items()}
    if not typing:  # what is being typed is not written back: the typist may be further on
        values["find"] = scene.view.find
    return {
        "search": query,
        "options": {name: options for name, (options, _) in controls.items()},
        "values": values,
        "pages": page.pages(scene),
        "clips": clip_list(scene),
        "faults": page.faults(scene.contents),
        "content": shown,
        "html": f"export.html{query}",
        "csv": f"export.csv{query}",
    }


def message(text: str, catalogue: Catalogue) -> dict[str, Any]:
    """The page where something cannot be shown; another store can still be chosen."""
    contents = catalogue.contents()
    text = catalogue.typed.as_called(text)
    lines = [html.P(line, className="note", role="alert") for line in text.splitlines()]
    return {
        "options": {"esvs": store_options(contents)},
        "values": {},
        "faults": page.faults(contents),
        "content": html.Div([html.H1("This cannot be shown"), *lines], className="card"),
    }


def as_text(parts: Parts) -> dict[str, Any]:
    """Parts as assets/views.js takes them: components as HTML; what is not told stays as it is."""
    texts = {
        place: markup(parts[place], link=lambda href: href)
        for place in page.PLACES
        if place in parts
    }
    return {**parts, **texts}


def held(parts: Parts) -> str:
    """What the page itself says of the view that it was sent with, as a JSON script's text."""
    told = {name: parts.get(name) for name in ("search", "options", "values")}
    return json.dumps(told, separators=(",", ":")).replace("<", "\\u003c")
