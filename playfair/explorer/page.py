"""The frame of the page: what stays while the content changes."""

from collections.abc import Mapping
from typing import Any

from dash import dcc, html

import playfair
from playfair.explorer.attributes import attributes
from playfair.explorer.catalogue import Contents
from playfair.explorer.scene import Scene
from playfair.explorer.view import PAGES
from playfair.report.look import DISTRACTING, EVIDENCE, SUPPORTING

PALETTE = (
    f":root {{ --supporting: {SUPPORTING}; --distracting: {DISTRACTING}; --evidence: {EVIDENCE} }}"
)
# what draws the figures, answers switches, and points: in this order, before Dash's own
SCRIPTS = ("draw.js", "what_if.js", "explorer.js")
_TAGS = "".join(
    f'<script defer src="./assets/{name}?v={playfair.__version__}"></script>' for name in SCRIPTS
)
INDEX = f"""<!doctype html>
<html lang="en"><head>{{%metas%}}<title>{{%title%}}</title><link rel="icon" href="data:,">
<style>{PALETTE}</style>{{%css%}}{_TAGS}</head>
<body>{{%app_entry%}}<noscript>The explorer needs JavaScript.</noscript>
<footer>{{%config%}}{{%scripts%}}{{%renderer%}}</footer></body></html>"""


HELP = (
    "A model is shown a few frames of a clip and gives every class a score. The Element Shapley "
    "Value (ESV) of a frame says how much that frame added to the score of a class (blue: it "
    "supports it), or took from it (orange: it distracts).",
    "Frames work together, so none is judged alone: the score is asked for with every choice of "
    "frames, and the ESV is what a frame adds on average, over all orders in which frames could "
    "come. Prior, the class’s share of the training clips, and all ESVs add up to the score.",
    "Switch a frame off, under its picture, to see what the model says without it.",
)

Parts = Mapping[str, Any]  # what a view shows in each place of the page: callbacks.everything


def layout(parts: Parts | None = None) -> html.Div:
    """Header, the panel one chooses in, and room for the content.

    Args:
        parts: what fills it, where it is written as HTML at once; None: callbacks will.
    """
    parts = parts or {}
    opening = html.P("Opening the stores …", className="note")
    main = html.Main(parts.get("content", opening), id="content", tabIndex="-1")
    return html.Div(
        [
            dcc.Location(id="url", refresh=False),
            _header(parts),
            html.Div([_panel(parts), main], className="body"),
        ],
        className="explorer",
    )


def _header(parts: Parts) -> html.Header:
    exports = [
        html.A(
            "Export HTML",
            id="export-html",
            className="button",
            download="playfair.html",
            href=parts.get("html"),
        ),
        html.A(
            "CSV",
            id="export-csv",
            className="button",
            download="playfair.csv",
            href=parts.get("csv"),
        ),
    ]
    return html.Header(
        [
            brand(),
            html.Nav(parts.get("pages"), id="pages", **attributes(aria_label="Pages")),
            words(),
            html.Div(exports, className="exports"),
        ],
        className="top",
    )


def brand() -> html.Strong:
    """Whose page it is."""
    return html.Strong("Play Fair", className="brand")


def words() -> html.Details:
    """What an ESV is, folded away until it is asked for."""
    text = html.Div([html.P(paragraph) for paragraph in HELP], className="words")
    return html.Details([html.Summary("What is an ESV?", className="button"), text])


def _panel(parts: Parts) -> html.Aside:
    find = dcc.Input(
        id="find",
        type="search",
        debounce=0.25,
        placeholder="a class, or a clip’s name",
        value=parts.get("values", {}).get("find"),
    )
    return html.Aside(
        [
            _choice(parts, "esvs", "Model"),
            _choice(parts, "beside", "Beside it"),
            _choice(parts, "class", "Class"),
            _choice(parts, "sort", "Sort clips", searchable=False),
            html.Label(["Find clips", find], className="choice choose-find"),
            html.Nav(
                parts.get("clips"), id="clips", className="listed", **attributes(aria_label="Clips")
            ),
            html.Div(parts.get("faults"), id="faults", className="faults"),
        ],
        **attributes(aria_label="Choose"),
    )


def _choice(parts: Parts, name: str, title: str, searchable: bool = True) -> html.Div:
    dropdown = dcc.Dropdown(
        id=name,
        clearable=False,
        searchable=searchable,
        optionHeight="auto",
        options=parts.get("options", {}).get(name, []),
        value=parts.get("values", {}).get(name),
    )
    return html.Div(
        [html.Label(title, htmlFor=name), dropdown],
        className=f"choice choose-{name}",
        role="group",
        **attributes(aria_label=title),
    )


def pages(scene: Scene) -> list[dcc.Link]:
    """Links to the pages."""
    links = []
    for name, title in PAGES.items():
        kind = "leaf here" if name == scene.view.page else "leaf"
        links.append(dcc.Link(title, href=scene.to(page=name), className=kind))
    return links


def faults(contents: Contents) -> list[Any]:
    """What lies in the outputs and cannot be explored, folded away until it is asked for."""
    n_faults = len(contents.faults)
    if not n_faults:
        return []
    title = "1 folder is left out" if n_faults == 1 else f"{n_faults} folders are left out"
    lines = [html.Li(fault, className="note") for fault in contents.faults]
    return [html.Details([html.Summary(title), html.Ul(lines)])]
