"""The current view as one HTML file that needs nothing else."""

import base64
import html
import re
from collections.abc import Callable, Iterator
from os import SEEK_END
from pathlib import Path
from typing import BinaryIO

from dash.development.base_component import Component

from playfair.explorer.markup import markup
from playfair.explorer.page import PALETTE, SCRIPTS
from playfair.printable import printable

ASSETS = Path(__file__).parent / "assets"
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
