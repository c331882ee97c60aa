"""A Result on disk: metrics.json, a CSV per table, PNG, SVG and PDF (or what it asks for) per figure,
report.html.
"""

from collections.abc import Mapping
from pathlib import Path

from playfair.printable import spreadsheet
from playfair.report.contents import folder_of
from playfair.report.html import Explorer, page
from playfair.report.rendered import rendered
from playfair.report.run_links import seen_from
from playfair.result import Result
from playfair.steps.durable import write_json


def save(
    result: Result,
    folder: Path,
    command: str = "",
    *,
    facts: Mapping[str, str] | None = None,
    explorer: Explorer | None = None,
) -> None:
    """Writes everything into `folder`, parts in folders of their own.

    Args:
        result: what is written.
        folder: where; it is made.
        command: what was typed, for the page's foot.
        facts: where the result comes from, for the page's foot.
        explorer: how it is opened, for the page's links.
    """
    _save_parts(result, folder)
    seen = seen_from(folder, result)
    text = page(seen, footer=command, linked=True, facts=facts, explorer=explorer)
    part = folder / "report.html.part"  # a reader of the report so far sees a whole one
    part.write_text(text, encoding="utf-8")
    part.replace(folder / "report.html")


def _save_parts(result: Result, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "metrics.json", dict(result.metrics))
    for name, table in result.tables.items():
        spreadsheet(table).to_csv(folder / f"{name}.csv", index=False)
    for name, figure in result.figures.items():
        for kind in result.kinds:
            (folder / f"{name}.{kind}").write_bytes(rendered(figure, kind))
    for part in result.parts:
        _save_parts(part, folder / folder_of(part))
