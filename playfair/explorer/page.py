"""The frame of the page: what stays while the content changes."""

from typing import Any

from dash import dcc, html

from playfair.explorer.attributes import attributes
from playfair.explorer.catalogue import Contents
from playfair.explorer.scene import Scene
from playfair.explorer.view import PAGES
from playfair.report.look import DISTRACTING, EVIDENCE, SUPPORTING

PALETTE = (
    f":root {{ --supporting: {SUPPORTING}; --distracting: {DISTRACTING}; --evidence: {EVIDENCE} }}"
)
INDEX = f"""<!doctype html>
<html lang="en"><head>{{%metas%}}<title>{{%title%}}</title><link rel="icon" href="data:,">
<style>{PALETTE}</style>{{%css%}}</head>
<body>{{%app_entry%}}<footer>{{%config%}}{{%scripts%}}{{%renderer%}}</footer></body></html>"""


def layout() -> html.Div:
    """Header, the panel one chooses in, and room for the content."""
    opening = html.P("Opening the stores …", className="note")
    main = html.Main(opening, id="content", tabIndex="-1")
    return html.Div(
        [
            dcc.Location(id="url", refresh=False),
            _header(),
            html.Div([_panel(), main], className="body"),
        ],
        className="explorer",
    )


def _header() -> html.Header:
    exports = [
        html.A("Export HTML", id="export-html", className="button", download="playfair.html"),
        html.A("CSV", id="export-csv", className="button", download="playfair.csv"),
    ]
    return html.Header(
        [
            html.Strong("Play Fair", className="brand"),
            html.Nav(id="pages", **attributes(aria_label="Pages")),
            html.Div(exports, className="exports"),
        ],
        className="top",
    )


def _panel() -> html.Aside:
    uid = dcc.Input(id="find", type="search", debounce=0.25, placeholder="uid")
    return html.Aside(
        [
            _choice("esvs", "Model"),
            _choice("beside", "Beside it"),
            _choice("class", "Class"),
            _choice("sort", "Sort clips", searchable=False),
            html.Label(["Find a clip", uid], className="choice"),
            html.Nav(id="clips", **attributes(aria_label="Clips")),
            html.Div(id="faults"),
        ],
        **attributes(aria_label="Choose"),
    )


def _choice(name: str, title: str, searchable: bool = True) -> html.Div:
    dropdown = dcc.Dropdown(id=name, clearable=False, searchable=searchable, optionHeight="auto")
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
        kind = "tab here" if name == scene.view.page else "tab"
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
