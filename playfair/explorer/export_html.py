"""The current view as one HTML file that needs nothing else."""

import base64
import html
import re
from collections.abc import Callable, Iterator
from os import SEEK_END
from pathlib import Path
from typing import Any, BinaryIO

from dash.development.base_component import Component

from playfair.explorer.page import PALETTE, SCRIPTS
from playfair.printable import printable

ASSETS = Path(__file__).parent / "assets"
VOID = {"Img", "Br", "Input"}
# React's names of attributes that HTML spells otherwise.
HTML_NAMES = {
    "className": "class",
    "autoPlay": "autoplay",
    "playsInline": "playsinline",
    "htmlFor": "for",
}
NOT_OF_HTML = ("children", "href", "id", "optionHeight", "debounce")

MOST_BYTES = 64 * 2**20  # of a clip that is put inside; browsers play no more from a page
AT_ONCE = 3 * 2**18  # bytes that are encoded together: base64 takes three at a time
URL = re.compile(r"(?<=[\"(])(?:clips|strips)/[^\s\"');]+")
HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Play Fair: {title}</title><style>{palette}{css}</style></head>
<body><div class="explorer exported"><main id="content">"""
FOOT = """</main>
{notes}<p class="caption">{title}</p></div><script>{js}</script></body></html>
"""

Link = Callable[[str], str | None]  # an address of the page → one that will do here, or None


def html_page(
    content: Component, title: str, fetch: Callable[[str], tuple[BinaryIO, str]]
) -> Iterator[str]:
    """The content as one file, part by part: clips are never in memory as a whole.

    Args:
        content: of the page.
        title: over and under it.
        fetch: opens what is at a URL of the page, and says its type; it is put inside.
    """
    css = (ASSETS / "explorer.css").read_text(encoding="utf-8")
    yield HEAD.format(title=html.escape(title), palette=PALETTE, css=css)
    body = markup(content)
    notes: list[str] = []
    place = 0
    for url in URL.finditer(body):
        yield body[place : url.start()]
        yield from _embedded(html.unescape(url[0]), fetch, notes)
        place = url.end()
    yield body[place:]
    yield FOOT.format(
        notes="".join(f'<p class="note">{html.escape(note)}</p>' for note in notes),
        title=html.escape(title),
        js="\n".join((ASSETS / name).read_text(encoding="utf-8") for name in SCRIPTS),
    )


def _embedded(
    url: str, fetch: Callable[[str], tuple[BinaryIO, str]], notes: list[str]
) -> Iterator[str]:
    """What is at a URL as a data URL; "" and a note where it is not there, or too large."""
    try:
        file, kind = fetch(url)
    except (ValueError, OSError) as error:  # a clip that is not there
        notes.append(printable(error))
        return
    with file:
        n_bytes = file.seek(0, SEEK_END)
        if n_bytes > MOST_BYTES:
            notes.append(
                f"The clip is not inside this file: it has {n_bytes / 2**20:,.0f} MB, and up to "
                f"{MOST_BYTES // 2**20} are put inside. The explorer plays it."
            )
            return
        file.seek(0)
        yield f"data:{kind};base64,"
        while part := file.read(AT_ONCE):
            yield base64.b64encode(part).decode("ascii")


def markup(part: Any, link: Link = lambda href: None) -> str:
    """Components as HTML text.

    Args:
        part: a component, or what may stand in one.
        link: what becomes of links; where nothing does, they are text: no server is there to
            follow them to.

    >>> from dash import html
    >>> markup(html.P(["a < b", html.B("!", className="loud")]))
    '<p>a &lt; b<b class="loud">!</b></p>'
    """
    if part is None:
        return ""
    if isinstance(part, list | tuple):
        return "".join(markup(child, link) for child in part)
    if not isinstance(part, Component):
        return html.escape(str(part))
    props = part.to_plotly_json()["props"]
    props = {name: value for name, value in props.items() if value is not None}
    href = link(props["href"]) if "href" in props else None
    if part._type == "Location":
        return ""
    if part._type == "Dropdown":
        return f'<div class="dropdown-before">{html.escape(_chosen(props))}</div>'
    name = part._type.lower()
    if part._type in ("Link", "A"):
        name = "span" if href is None else "a"
    attributes = [_attribute(key, value) for key, value in props.items() if key not in NOT_OF_HTML]
    if href is not None:
        attributes.append(_attribute("href", href))
    if part._type == "Video":
        attributes.append(' id="video"')
    opening = f"<{name}{''.join(attributes)}>"
    if part._type in VOID:
        return opening
    return f"{opening}{markup(props.get('children'), link)}</{name}>"


def _chosen(props: dict[str, Any]) -> str:
    """What is chosen in a list."""
    options = props.get("options", [])
    return next((one["label"] for one in options if one["value"] == props.get("value")), "")


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
