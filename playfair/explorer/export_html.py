"""The current view as one HTML file that needs nothing else."""

import base64
import html
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dash.development.base_component import Component
from plotly.io.json import to_json_plotly
from plotly.offline import get_plotlyjs

from playfair.explorer.page import PALETTE

ASSETS = Path(__file__).parent / "assets"
VOID = {"Img", "Br"}
# React's names of attributes that HTML spells otherwise.
HTML_NAMES = {
    "className": "class",
    "autoPlay": "autoplay",
    "playsInline": "playsinline",
    "htmlFor": "for",
}

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Play Fair: {title}</title><style>{palette}{css}</style></head>
<body><div class="explorer exported"><main id="content">{body}</main>
<p class="caption">{title}</p></div><script>{plotly}</script><script>{draw}{js}</script></body></html>
"""
DRAW = """
for (const figure of document.querySelectorAll("[data-figure]")) {
  const {data, layout} = JSON.parse(figure.dataset.figure);
  Plotly.newPlot(figure, data, layout, {displayModeBar: false, responsive: true});
}
"""


def html_page(content: Component, title: str, fetch: Callable[[str], tuple[bytes, str]]) -> str:
    """The content as one file.

    Args:
        content: of the page.
        title: over and under it.
        fetch: what is at a URL of the page, and its type; it is put inside.
    """

    def embedded(url: re.Match[str]) -> str:
        try:
            body, kind = fetch(html.unescape(url[0]))
        except (ValueError, OSError):  # a clip that is not there
            return ""
        return f"data:{kind};base64,{base64.b64encode(body).decode()}"

    body = re.sub(r"/(?:clips|strips)/[^\s\"');]+", embedded, markup(content))
    return PAGE.format(
        title=html.escape(title),
        palette=PALETTE,
        css=(ASSETS / "explorer.css").read_text(encoding="utf-8"),
        js=(ASSETS / "explorer.js").read_text(encoding="utf-8"),
        plotly=get_plotlyjs(),
        draw=DRAW,
        body=body,
    )


def markup(part: Any) -> str:
    """Components as HTML text; links lose their targets: no server is there to follow them to.

    >>> from dash import html
    >>> markup(html.P(["a < b", html.B("!", className="loud")]))
    '<p>a &lt; b<b class="loud">!</b></p>'
    """
    if part is None:
        return ""
    if isinstance(part, list | tuple):
        return "".join(markup(child) for child in part)
    if not isinstance(part, Component):
        return html.escape(str(part))
    props = part.to_plotly_json()["props"]
    props = {name: value for name, value in props.items() if value is not None}
    if part._type == "Graph":
        return _figure(props)
    name = "span" if part._type == "Link" else part._type.lower()
    attributes = [
        _attribute(key, value)
        for key, value in props.items()
        if key not in ("children", "href", "id")
    ]
    if part._type == "Video":
        attributes.append(' id="video"')
    opening = f"<{name}{''.join(attributes)}>"
    if part._type in VOID:
        return opening
    return f"{opening}{markup(props.get('children'))}</{name}>"


def _figure(props: dict[str, Any]) -> str:
    """A graph as an element that holds its data, for DRAW."""
    figure = html.escape(str(to_json_plotly(props["figure"])))
    style = _style(props.get("style", {}))
    return (
        f'<div class="{props.get("className", "")}" style="{style}" data-figure="{figure}"></div>'
    )


def _attribute(name: str, value: Any) -> str:
    if value is False:
        return ""
    name = HTML_NAMES.get(name, name)
    if value is True:
        return f" {name}"
    text = _style(value) if name == "style" else str(value)
    return f' {name}="{html.escape(text)}"'


def _style(style: dict[str, Any]) -> str:
    """React's style as CSS: backgroundImage → background-image."""
    properties = {re.sub("([A-Z])", r"-\1", name).lower(): value for name, value in style.items()}
    return "; ".join(f"{name}: {value}" for name, value in properties.items())
