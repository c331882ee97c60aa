"""A Result as one self-contained HTML file: no script, no network, figures as SVG (film strips as PNG) inside it."""

import base64
import html

import pandas as pd
from matplotlib.figure import Figure

from playfair.report.rendered import rendered
from playfair.result import Result

LONG_TABLE = 12  # rows; longer ones are folded away until they are clicked

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>
:root {{ color-scheme: light; }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a;
        background: #fff; }}
h1, h2, h3 {{ line-height: 1.2; margin: 2rem 0 .5rem; }} h1 {{ margin-top: 0; }}
figure {{ margin: 1.5rem 0; overflow-x: auto; }} figure svg, figure img {{ max-width: max(100%, 40rem); height: auto; }}
figcaption, .caption {{ color: #555; font-size: .875rem; }}
table {{ border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; margin: .5rem 0; }}
th, td {{ padding: .2rem .8rem .2rem 0; text-align: right; border-bottom: 1px solid #ddd; white-space: nowrap; }}
th:first-child, td:first-child {{ text-align: left; }} .table {{ overflow-x: auto; }}
details {{ margin: .5rem 0; }} summary {{ cursor: pointer; font-size: .875rem; color: #555; }}
nav li {{ line-height: 1.4; }} code {{ background: #f3f3f3; padding: 0 .2rem; }}
</style></head><body>
<h1>{title}</h1>
{body}
<p class="caption">{footer}</p>
</body></html>
"""


def page(result: Result, footer: str = "") -> str:
    """The whole page. footer: what produced it (a command)."""
    body = [_contents(result), _section(result)]
    body += [
        f'<h2 id="{i}">{html.escape(part.title)}</h2>{_section(part)}'
        for i, part in enumerate(result.parts)
    ]
    return _PAGE.format(
        title=html.escape(result.title), body="\n".join(body), footer=html.escape(footer)
    )


def _contents(result: Result) -> str:
    items = "".join(
        f'<li><a href="#{i}">{html.escape(part.title)}</a></li>'
        for i, part in enumerate(result.parts)
    )
    return f"<nav><ol>{items}</ol></nav>" if items else ""


def _section(result: Result) -> str:
    parts = ["".join(f"<p>{html.escape(line)}</p>" for line in result.summary.splitlines())]
    if result.metrics and not result.tables:  # tables show them already
        metrics = pd.DataFrame(
            {"metric": list(result.metrics), "value": list(result.metrics.values())}
        )
        parts.append(_table(metrics))
    for name, figure in result.figures.items():
        parts.append(
            f"<figure>{_picture(figure)}<figcaption>{_caption(result, name)}</figcaption></figure>"
        )
    for name, table in result.tables.items():
        caption = (
            "" if name in result.figures else f'<p class="caption">{_caption(result, name)}</p>'
        )  # said there
        shown = caption + _table(table)
        if len(table) > LONG_TABLE:
            shown = f"<details><summary>Table “{html.escape(name)}”, {len(table):,} rows</summary>{shown}</details>"
        parts.append(shown)
    return "\n".join(parts)


def _caption(result: Result, name: str) -> str:
    return html.escape(result.captions.get(name, ""))


def _table(table: pd.DataFrame) -> str:
    rows = table.head(200).to_html(index=False, border=0, float_format=lambda value: f"{value:.4g}")
    more = (
        f'<p class="caption">{len(table) - 200:,} more rows in the CSV file.</p>'
        if len(table) > 200
        else ""
    )
    return f'<div class="table">{rows}</div>{more}'


def _picture(figure: Figure) -> str:
    if any(axes.images for axes in figure.axes):  # pictures inside: SVG would be larger than PNG
        data = base64.b64encode(rendered(figure, "png")).decode()
        return f'<img alt="" src="data:image/png;base64,{data}">'
    svg = rendered(figure, "svg").decode()
    return svg[svg.index("<svg") :]
