"""URL → page: the one way in which the page changes. Controls and clicks only change the URL's query."""

import logging
from dataclasses import replace
from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, html, no_update
from dash.exceptions import PreventUpdate

from playfair.explorer import clip_page, page, population_page
from playfair.explorer.catalogue import Catalogue, Unknown
from playfair.explorer.shown import Shown, show
from playfair.explorer.view import View

log = logging.getLogger("playfair")
CONTROLS = ("study", "beside", "frames", "class", "sort", "find")


def register(app: Dash, catalogue: Catalogue) -> None:
    """The callbacks of the page."""
    choices = [name for name in CONTROLS if name != "find"]

    # A control is both read and written here: Dash lets one callback go round in a circle, not two
    @app.callback(
        output={
            "search": Output("url", "search"),
            "options": {name: Output(name, "options") for name in choices},
            "values": {name: Output(name, "value") for name in CONTROLS},
            "pages": Output("pages", "children"),
            "clips": Output("clips", "children"),
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
        chosen = next((name for name in CONTROLS if name == ctx.triggered_id), None)
        try:
            view = View.of(search)
            shown = (
                _changed(change(view, chosen, values[chosen]), catalogue)
                if chosen
                else show(view, catalogue)
            )
            return _drawn(shown, catalogue, typed=chosen == "find")
        except (
            ValueError,
            OSError,
            KeyError,
        ) as error:  # a store may go at any moment while it is read
            log.warning("%s", error)
            return _message(str(error))

    @app.callback(
        Output("url", "search", allow_duplicate=True),
        Input({"cells": ALL}, "clickData"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def choose_cell(_: Any, search: str) -> str:
        clicked = next((entry["value"] for entry in ctx.triggered if entry["value"]), None)
        if clicked is None:
            raise PreventUpdate
        point = clicked["points"][0]
        return replace(View.of(search), cell=(int(point["y"]), int(point["x"]))).query()


def change(view: View, control: str, value: Any) -> View:
    """The view after one of the controls was set."""
    if control == "study":
        same = str(value).split("/")[0] == view.study.split("/")[0]
        kept = (
            View(page=view.page, beside=view.beside, uid=view.uid, sort=view.sort)
            if same
            else View(page=view.page)
        )
        return replace(
            kept, study=value, beside="" if value.endswith(f"/{kept.beside}") else kept.beside
        )
    if control == "class":
        return replace(view, label=None if value == -1 else value, uid="", show=(), frame=None)
    if control == "find":
        return replace(
            view, find=(value or "").strip(), uid="" if value else view.uid, show=(), frame=None
        )
    if control == "sort":
        return replace(view, sort=value, uid="", show=(), frame=None)
    if control == "frames":  # the other lengths may not hold this clip
        return replace(view, frames=value, frame=None, cell=())
    return replace(view, beside=value)


def _changed(view: View, catalogue: Catalogue) -> Shown:
    """What a view shows that a control led to: another clip where the study and length chosen do not hold this one."""
    try:
        return show(view, catalogue)
    except Unknown:
        return show(replace(view, uid=""), catalogue)


def content(shown: Shown, catalogue: Catalogue) -> html.Div:
    """What the view shows, as components: for the page, and for the file to take away."""
    return (
        population_page.content(shown)
        if shown.view.page == "population"
        else clip_page.content(shown, catalogue)
    )


def _drawn(shown: Shown, catalogue: Catalogue, typed: bool) -> dict[str, Any]:
    query, controls = shown.view.query(), page.choices(shown)
    return {
        "search": query,
        "options": {name: options for name, (options, _) in controls.items()},
        # what is being typed is not written back: the typist may be further on
        "values": {name: value for name, (_, value) in controls.items()}
        | {"find": no_update if typed else shown.view.find},
        "pages": page.pages(shown),
        "clips": page.clip_list(shown),
        "content": content(shown, catalogue),
        "html": f"/export.html{query}",
        "csv": f"/export.csv{query}",
    }


def _message(text: str) -> dict[str, Any]:
    note = html.Div(
        [html.H1("This cannot be shown"), html.P(text, className="note", role="alert")],
        className="card",
    )
    return {
        "search": no_update,
        "options": {name: no_update for name in CONTROLS if name != "find"},
        "values": {name: no_update for name in CONTROLS},
        "pages": no_update,
        "clips": no_update,
        "content": note,
        "html": no_update,
        "csv": no_update,
    }
