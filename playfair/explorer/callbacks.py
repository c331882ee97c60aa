"""URL → page: the one way in which the page changes. Controls and clicks only change the URL."""

import logging
from dataclasses import replace
from typing import Any

from dash import Dash, Input, Output, ctx, html, no_update
from dash.exceptions import PreventUpdate

from playfair.explorer import clip_page, page, population_page, start_page
from playfair.explorer.catalogue import Catalogue
from playfair.explorer.clip_list import clip_list
from playfair.explorer.controls import CHOICES, CONTROLS, change, choices, store_options
from playfair.explorer.errors import NotThereError
from playfair.explorer.scene import Scene, scene_of
from playfair.explorer.view import View

log = logging.getLogger("playfair")
# A store may go, or be found damaged, at any moment while it is read.
TROUBLE = (ValueError, OSError, KeyError)


def register(app: Dash, catalogue: Catalogue) -> None:
    """The callbacks of the page."""

    # A control is both read and written here: Dash lets one callback go round in a circle, not two.
    @app.callback(
        output={
            "search": Output("url", "search"),
            "options": {name: Output(name, "options") for name in CHOICES},
            "values": {name: Output(name, "value") for name in CONTROLS},
            "pages": Output("pages", "children"),
            "clips": Output("clips", "children"),
            "faults": Output("faults", "children"),
            "content": Output("content", "children"),
            "html": Output("export-html", "href"),
            "csv": Output("export-csv", "href"),
        },
        inputs={
            "search": Input("url", "search"),
            "values": {name: Input(name, "value") for name in CONTROLS},
        },
    )
    def draw(search: str | None, values: dict[str, Any]) -> dict[str, Any]:
        if search is None:
            raise PreventUpdate
        control = next((name for name in CONTROLS if name == ctx.triggered_id), None)
        try:
            view = View.of(search)
            if control is None:
                scene = scene_of(view, catalogue)
            else:
                contents = catalogue.contents()
                scene = _after(change(view, control, values[control], contents), catalogue)
            return everything(scene, catalogue, typing=control == "find")
        except TROUBLE as error:
            log.warning("%s", error)
            return _message(str(error), catalogue)


def content(scene: Scene, catalogue: Catalogue) -> html.Div:
    """What the view shows, as components: for the page, and for the file to take away."""
    if scene.view.page == "population":
        return population_page.content(scene)
    if scene.view.page == "start":
        return start_page.content(scene)
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
    controls = choices(scene)
    values = {name: value for name, (_, value) in controls.items()}
    # What is being typed is not written back: the typist may be further on.
    values["find"] = no_update if typing else scene.view.find
    return {
        "search": query,
        "options": {name: options for name, (options, _) in controls.items()},
        "values": values,
        "pages": page.pages(scene),
        "clips": clip_list(scene),
        "faults": page.faults(scene.contents),
        "content": content(scene, catalogue),
        "html": f"export.html{query}",
        "csv": f"export.csv{query}",
    }


def _message(text: str, catalogue: Catalogue) -> dict[str, Any]:
    """The page where something cannot be shown; another store can still be chosen."""
    contents = catalogue.contents()
    text = catalogue.typed.as_called(text)
    lines = [html.P(line, className="note", role="alert") for line in text.splitlines()]
    unchanged: dict[str, Any] = {name: no_update for name in CHOICES}
    return {
        "search": no_update,
        "options": unchanged | {"esvs": store_options(contents)},
        "values": {name: no_update for name in CONTROLS},
        "pages": no_update,
        "clips": no_update,
        "faults": page.faults(contents),
        "content": html.Div([html.H1("This cannot be shown"), *lines], className="card"),
        "html": no_update,
        "csv": no_update,
    }
