"""Components as HTML text: pages, files and sites are written so, and a browser reads them at once."""

import html
import re
from collections.abc import Callable
from typing import Any

from dash.development.base_component import Component

VOID = {"Img", "Br", "Input"}
# React's names of attributes that HTML spells otherwise.
HTML_NAMES = {
    "className": "class",
    "autoPlay": "autoplay",
    "playsInline": "playsinline",
    "htmlFor": "for",
}
NOT_OF_HTML = ("children", "href", "optionHeight", "debounce")
NOT_THERE = ("Location", "Store")  # parts that nobody sees

Link = Callable[[str], str | None]  # an address of the page → one that will do here, or None


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
    props = _props(part)
    href = link(props["href"]) if "href" in props else None
    if part._type in NOT_THERE:
        return ""
    if part._type == "Dropdown":
        return f'<div class="dropdown-before">{html.escape(_chosen(props))}</div>'
    name = part._type.lower()
    if part._type in ("Link", "A"):
        name = "span" if href is None else "a"
    attributes = [_attribute(key, value) for key, value in props.items() if key not in NOT_OF_HTML]
    if href is not None:
        attributes.append(_attribute("href", href))
    opening = f"<{name}{''.join(attributes)}>"
    if part._type in VOID:
        return opening
    return f"{opening}{markup(props.get('children'), link)}</{name}>"


def _props(part: Component) -> dict[str, Any]:
    """What a component was given; its own `to_plotly_json` asks for all it could be given."""
    known = part._prop_names
    return {
        name: value
        for name, value in vars(part).items()
        if value is not None and (name in known or name.startswith(("data-", "aria-")))
    }


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
