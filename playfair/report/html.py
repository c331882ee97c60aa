"""A Result as one self-contained HTML file: no script, no network.

Figures are inside it, as SVG, film strips as PNG. What stands where is in `templates/`.
"""

import base64
from functools import cache

import jinja2
import pandas as pd
from markupsafe import Markup
from matplotlib.figure import Figure

from playfair.printable import printable
from playfair.report.look import cell
from playfair.report.rendered import rendered
from playfair.result import Result

LONG_TABLE = 12  # rows; longer ones are folded away until they are clicked
MOST_ROWS = 200  # of a table; the CSV file has all


def page(result: Result, footer: str = "") -> str:
    """The whole page.

    Args:
        footer: what produced it (a command).
    """
    return templates().get_template("page.html.j2").render(result=result, footer=footer)


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
    environment.globals |= {
        "cell": cell,
        "long_table": LONG_TABLE,
        "metrics_table": metrics_table,
        "most_rows": MOST_ROWS,
        "picture": picture,
    }
    return environment


def _shown(value: object) -> object:
    """What stands in the page: text that turns nothing round; markup is ours."""
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def metrics_table(result: Result) -> pd.DataFrame:
    """The metrics of a result that has no tables, one a row."""
    return pd.DataFrame(list(result.metrics.items()), columns=["metric", "value"])


def picture(figure: Figure) -> Markup:
    """The figure as an element of the page."""
    if any(axes.images for axes in figure.axes):  # pictures inside: SVG would be larger than PNG
        data = base64.b64encode(rendered(figure, "png")).decode()
        return Markup(f'<img alt="" src="data:image/png;base64,{data}">')
    svg = rendered(figure, "svg").decode()
    return Markup(svg[svg.index("<svg") :])
