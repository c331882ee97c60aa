"""A Result as one self-contained HTML file: it asks nothing of the network.

Figures are inside it, as SVG or WebP; what stands where is in `templates/`. A script of some lines
answers the mouse and the keys where there are charts; without it all is there to be read.
"""

import io
import re
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

import jinja2
import PIL.Image
from markupsafe import Markup
from matplotlib.figure import Figure

from playfair.printable import printable
from playfair.report import look
from playfair.report.chart import chart
from playfair.report.contents import sections
from playfair.report.film import films, webp
from playfair.report.page_tables import MOST_ROWS
from playfair.report.rendered import rendered
from playfair.result import Result

MOST_BYTES = 4 * 2**20  # of pictures inside the page; the rest is in files of their own
LARGEST_SVG = 400_000  # bytes; what has more is smaller as a picture
WIDEST = 1600  # pixels of a picture
ON_SCREEN = 1.35  # times its size in print
SIZE = re.compile(r'\b(width|height)="([\d.]+)pt"')
# How figures are inked, and what takes its place where the page is dark.
INKS = {
    **{dark.lower(): f"var(--c{dark[1:].lower()})" for dark in look.IN_THE_DARK},
    "#000000": "currentColor",
    "#333333": "var(--ink)",
    "#4c4c4c": "var(--soft)",
    "#4d4d4d": "var(--soft)",
    "#666666": "var(--soft)",
    "#7f7f7f": "var(--soft)",
    "#808080": "var(--soft)",
}
UNIT = re.compile(r"(?<=\d) (?=%|× 10)|(?<=×) (?=10)")
GROUND = re.compile(  # of the figure and of its panels, the first thing drawn in each
    r'(<g id="(?:figure|axes)_\d+">\s*<g id="patch_\d+">\s*<path[^>]*style=")fill: #ffffff'
)
# the middle of a hollow mark: a smaller one of the ground's colour, and the shape that it is made of
HOLLOW = re.compile(r'style="(?:fill: #ffffff; )?stroke: #ffffff"')


class Explorer(NamedTuple):
    """How the explorer is opened at a view.

    Attributes:
        command: what is typed.
        address: where it then answers.
    """

    command: str = "python run.py experiment=explorer"
    address: str = "http://127.0.0.1:8050/"


def page(
    result: Result,
    footer: str = "",
    *,
    linked: bool = False,
    facts: Mapping[str, str] | None = None,
    explorer: Explorer | None = None,
) -> str:
    """The whole page.

    Args:
        footer: what produced it (a command).
        linked: whether tables and figures lie beside it, as `report.save` leaves them.
        facts: where it comes from, name → value; see `report.provenance`.
        explorer: how it is opened.
    """
    parts = sections(result, linked=linked)
    return (
        templates()
        .get_template("page.html.j2")
        .render(
            result=result,
            sections=parts,
            folds=any(table.is_long for part in parts for table in part.tables),
            moves=any(figure.lines for part in parts for figure in part.pictures),
            footer=footer,
            facts=facts or {},
            explorer=explorer or Explorer(),
            picture=Pictures(),
        )
    )


@cache
def templates() -> jinja2.Environment:
    """The templates, and what they may call; all text is escaped but `picture`'s."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("playfair.report"),
        autoescape=True,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["ink"] = ink
    environment.globals |= {"chart": chart, "films": films, "look": look, "most_rows": MOST_ROWS}
    return environment


def _shown(value: object) -> object:
    """What stands in the page: text that turns nothing round; markup is ours."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return UNIT.sub("\u00a0", printable(value))  # a number and its unit stay on one line


class Pictures:
    """Makes figures elements of one page, up to MOST_BYTES of them."""

    def __init__(self) -> None:
        self.n_bytes = 0
        self.n_drawn = 0

    def __call__(self, figure: Figure, alt: str) -> Markup:
        """The figure as an element; "" where the page holds as much as it may.

        Args:
            figure: what is drawn.
            alt: what is to be seen.
        """
        self.n_drawn += 1
        element = self._svg(figure, alt) or self._image(figure, alt)
        if self.n_bytes + len(element) > MOST_BYTES:
            return Markup()
        self.n_bytes += len(element)
        return element

    def _svg(self, figure: Figure, alt: str) -> Markup | None:
        """None where there are pictures inside, or more marks than SVG is good for."""
        if any(axes.images for axes in figure.axes):
            return None
        svg = rendered(figure, "svg").decode()
        if len(svg) > LARGEST_SVG:
            return None
        svg = inked(svg[svg.index("<svg") :])
        # a name in a page is used once
        svg = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>f{self.n_drawn}-", svg)
        # as large as text on a screen is read
        svg = SIZE.sub(lambda size: f'{size[1]}="{ON_SCREEN * float(size[2]):g}pt"', svg, count=2)
        label = Markup('<svg role="img" aria-label="{}"').format(printable(alt))
        return Markup(svg.replace("<svg", label, 1))

    def _image(self, figure: Figure, alt: str) -> Markup:
        image = PIL.Image.open(io.BytesIO(rendered(figure, "png"))).convert("RGB")
        image.thumbnail((WIDEST, 4 * WIDEST))
        across, tall = (round(ON_SCREEN * 96 * inches) for inches in figure.get_size_inches())
        size = Markup('width="{}" height="{}"').format(across, tall)
        return Markup('<img class="drawn" alt="{}" {} src="{}">').format(
            printable(alt), size, webp(image)
        )


def ink(colour: str) -> str:
    """A line's colour as the page writes it.

    Example:
        >>> ink("#009E73"), ink("#332288")
        ('#009E73', 'var(--c332288)')
    """
    return INKS.get(colour.lower(), colour)


def inked(svg: str) -> str:
    """A figure whose ink and ground are the page's, so that it is read in the dark too."""
    svg = HOLLOW.sub(lambda mark: mark[0].replace("#ffffff", "var(--paper)"), svg)
    for ink, variable in INKS.items():
        svg = svg.replace(f": {ink}", f": {variable}")
    return GROUND.sub(r"\1fill: none", svg)
