"""The frame of the page: what stays while the view changes."""

from collections.abc import Mapping
from typing import Any

from dash import dcc, html

import playfair
from playfair.explorer.attributes import attributes
from playfair.explorer.catalogue import Contents
from playfair.explorer.markup import markup
from playfair.explorer.scene import Scene
from playfair.explorer.view import PAGES
from playfair.report.look import DISTRACTING, EVIDENCE, SUPPORTING

PALETTE = (
    f":root {{ --supporting: {SUPPORTING}; --distracting: {DISTRACTING}; --evidence: {EVIDENCE} }}"
)
# what draws the figures, answers switches, and points: in this order
SCRIPTS = ("draw.js", "what_if.js", "explorer.js")
# before Dash's own, which are a megabyte; the last puts one view in the place of another
_TAGS = "".join(
    f'<script src="./assets/{name}?v={playfair.__version__}"></script>'
    for name in (*SCRIPTS, "views.js")
)
INDEX = f"""<!doctype html>
<html lang="en"><head>{{%metas%}}<title>{{%title%}}</title><link rel="icon" href="data:,">
<style>{PALETTE}</style>{{%css%}}</head>
<body>{{%app_entry%}}<noscript>Frames are switched off and pointed at by JavaScript.</noscript>
{_TAGS}<footer>{{%config%}}{{%scripts%}}{{%renderer%}}</footer></body></html>"""
BODY = """<a class="skip" href="#content">To what is shown</a><div class="explorer">{header}<div class="body">
<aside aria-label="Choose"><div id="before">{controls}</div>{dash}
<nav id="clips" class="listed" aria-label="Clips">{clips}</nav>
<div id="faults" class="faults">{faults}</div></aside>
<main id="content" tabindex="-1">{content}</main></div></div><p id="said" role="status"></p>{held}"""
PLACES = ("pages", "clips", "faults", "content")  # that another view fills

HELP = (
    "A model is shown a few frames of a clip and gives every class a score. The Element Shapley "
    "Value (ESV) of a frame says how much that frame added to the score of a class (blue: it "
    "supports it), or took from it (orange: it distracts).",
    "Frames work together, so none is judged alone: the score is asked for with every choice of "
    "frames, and the ESV is what a frame adds on average, over all orders in which frames could "
    "come. Prior, the class’s share of the training clips, and all ESVs add up to the score.",
    "Switch a frame off, under its picture, to see what the model says without it.",
)

Parts = Mapping[str, Any]  # what a view shows in each place of the page: view_parts.everything


def body(parts: Parts, dash: str, held: str) -> str:
    """The page as HTML: header, the panel one chooses in, and the content.

    Args:
        parts: what fills it; {}: assets/views.js will ask.
        dash: the place in which Dash puts the controls that work.
        held: what the page says of the view in `parts`, as JSON; "" where there are none.
    """
    opening = html.P("Opening the stores …", className="note")
    texts = {
        "header": _header(parts),
        "controls": controls(parts),
        "clips": parts.get("clips"),
        "faults": parts.get("faults"),
        "content": parts.get("content", opening),
    }
    written = {place: markup(part, link=lambda href: href) for place, part in texts.items()}
    if held:
        held = f'<script type="application/json" id="view">{held}</script>'
    return BODY.format(**written, dash=dash, held=held)


def _header(parts: Parts) -> html.Header:
    exports = [
        html.A(
            title,
            id=f"export-{kind}",
            className="button",
            download=f"playfair.{kind}",
            href=parts.get(kind),
        )
        for kind, title in (("html", "Export HTML"), ("csv", "CSV"))
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


def controls(parts: Parts | None = None) -> html.Div:
    """What one chooses with: Dash's, or as HTML what stands in their place until they are there.

    Args:
        parts: what they offer and are set to; None: they are told when they are there.
    """
    find = dcc.Input(
        type="search",
        debounce=0.25,
        placeholder="a class, or a clip’s name",
        value=(parts or {}).get("values", {}).get("find"),
    )
    if parts is None:  # the one that stands in its place is no control, and has no name
        setattr(find, "id", "find")  # noqa: B010, Dash's components have what they are given
    parts = parts or {}
    return html.Div(
        [
            _choice(parts, "esvs", "Model"),
            _choice(parts, "beside", "Beside it"),
            _choice(parts, "class", "Class"),
            _choice(parts, "sort", "Sort clips", searchable=False),
            html.Label(["Find clips", find], className="choice choose-find"),
            dcc.Store(id="told"),
        ],
        className="controls",
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


def pages(scene: Scene) -> list[html.A]:
    """Links to the pages."""
    links = []
    for name, title in PAGES.items():
        is_here = name == scene.view.page
        current = attributes(aria_current="page") if is_here else {}
        kind = "leaf here" if is_here else "leaf"
        links.append(html.A(title, href=scene.to(page=name), className=kind, **current))
    return links


def faults(contents: Contents) -> list[Any]:
    """What lies in the outputs and cannot be explored, folded away until it is asked for."""
    n_faults = len(contents.faults)
    if not n_faults:
        return []
    title = "1 folder is left out" if n_faults == 1 else f"{n_faults} folders are left out"
    lines = [html.Li(fault, className="note") for fault in contents.faults]
    return [html.Details([html.Summary(title), html.Ul(lines)])]
