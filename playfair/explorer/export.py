"""The current view to take away: one HTML file that needs nothing else, or its numbers as CSV."""

import base64
import html
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from dash.development.base_component import Component
from plotly.io.json import to_json_plotly
from plotly.offline import get_plotlyjs

from playfair.explorer.population_page import class_means
from playfair.explorer.score_bars import shown_classes
from playfair.explorer.shown import Shown
from playfair.explorer.stores import Explained

ASSETS = Path(__file__).parent / "assets"
VOID = {"Img", "Br"}
ATTRIBUTES = {
    "className": "class",
    "autoPlay": "autoplay",
    "playsInline": "playsinline",
    "htmlFor": "for",
}

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
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


def page(
    content: Component, title: str, palette: str, fetch: Callable[[str], tuple[bytes, str]]
) -> str:
    """The content as one file. fetch: what is at a URL of the page, and its type; it is put inside."""

    def inside(found: re.Match[str]) -> str:
        try:
            body, kind = fetch(html.unescape(found[0]))
        except ValueError:  # a clip that is not there
            return ""
        return f"data:{kind};base64,{base64.b64encode(body).decode()}"

    body = re.sub(r"/(?:clips|strips)/[^\s\"');]+", inside, markup(content))
    return PAGE.format(
        title=html.escape(title),
        palette=palette,
        css=(ASSETS / "explorer.css").read_text(encoding="utf-8"),
        js=(ASSETS / "explorer.js").read_text(encoding="utf-8"),
        plotly=get_plotlyjs(),
        draw=DRAW,
        body=body,
    )


def markup(part: Any) -> str:
    """Components as HTML text; links lose their targets, there being no server to follow them to.

    >>> from dash import html
    >>> markup(html.P(["a < b", html.B("!", className="loud")]))
    '<p>a &lt; b<b class="loud">!</b></p>'
    """
    if part is None:
        return ""
    if isinstance(part, list | tuple):
        return "".join(markup(one) for one in part)
    if not isinstance(part, Component):
        return html.escape(str(part))
    props = {
        name: value for name, value in part.to_plotly_json()["props"].items() if value is not None
    }
    if part._type == "Graph":
        figure = _json(props["figure"])
        style = _style(props.get("style", {}))
        return f'<div class="{props.get("className", "")}" style="{style}" data-figure="{html.escape(figure)}"></div>'
    name = "span" if part._type == "Link" else part._type.lower()
    attributes = "".join(
        _attribute(key, value)
        for key, value in props.items()
        if key not in ("children", "href", "id")
    )
    if part._type == "Video":
        attributes += ' id="video"'
    inner = "" if part._type in VOID else f"{markup(props.get('children'))}</{name}>"
    return f"<{name}{attributes}>{inner}"


def _attribute(name: str, value: Any) -> str:
    if value is False:
        return ""
    name = ATTRIBUTES.get(name, name)
    if value is True:
        return f" {name}"
    return f' {name}="{html.escape(_style(value) if name == "style" else str(value))}"'


def _style(style: dict[str, Any]) -> str:
    dashed = {re.sub("([A-Z])", r"-\1", name).lower(): value for name, value in style.items()}
    return "; ".join(f"{name}: {value}" for name, value in dashed.items())


def _json(figure: Any) -> str:
    return str(to_json_plotly(figure))


def table(shown: Shown) -> pd.DataFrame:
    """The numbers of the view: ESVs by frame of a clip, or their means by class and frame."""
    parts = []
    for name, store in shown.models.items():
        if isinstance(store, Explained):
            rows = _population(store) if shown.view.page == "population" else _clip(shown, store)
            parts.append(rows.assign(dataset=shown.dataset, model=name))
    together = pd.concat(parts, ignore_index=True)
    return together[
        ["dataset", "model", *[column for column in together if column not in ("dataset", "model")]]
    ]


def _clip(shown: Shown, store: Explained) -> pd.DataFrame:
    if shown.view.uid not in store.rows:
        return pd.DataFrame()
    clip, first = store.clip(shown.view.uid), shown.first.clip(shown.view.uid)
    n_frames, parts = len(clip.frame_index), []
    for label in shown_classes(shown, first):
        rows = {
            "uid": clip.uid,
            "true_class": clip.label,
            "class": label,
            "class_name": store.class_names[label],
            "prior": clip.prior[label],
            "score": clip.score[label],
            "frame": np.arange(n_frames),
            "frame_index": clip.frame_index,
            "esv": clip.esv[:, label],
        }
        parts.append(
            pd.DataFrame(rows if clip.stderr is None else rows | {"stderr": clip.stderr[:, label]})
        )
    return pd.concat(parts, ignore_index=True)


def _population(store: Explained) -> pd.DataFrame:
    means, counts = class_means(store)
    n_classes, n_frames = means.shape
    return pd.DataFrame(
        {
            "class": np.repeat(np.arange(n_classes), n_frames),
            "class_name": np.repeat(store.class_names, n_frames),
            "clips": np.repeat(counts, n_frames),
            "frame": np.tile(np.arange(n_frames), n_classes),
            "esv": means.ravel(),
        }
    )
