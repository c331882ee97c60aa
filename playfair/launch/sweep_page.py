"""Where a sweep ends: one page, one table and one figure of all its points, in its folder.

sweep.html   sweep.csv   sweep.png   sweep.svg   points.csv
"""

import logging
from collections.abc import Callable

from playfair.launch import points, watched_launcher
from playfair.launch.command_line import command_of
from playfair.steps.run_folder import WAITING, read_run

log = logging.getLogger("playfair")

NAME = "sweep"


def ending_in_a_page(main: Callable[[], None]) -> None:
    """Runs `main`; where it was a sweep, also one with failures, its page is made."""
    try:
        main()
    except Exception:
        watched_launcher.remove_unbegun()
        _make_pages()
        raise
    _make_pages()


def _make_pages() -> None:
    for sweep in watched_launcher.launched:
        try:
            make_page(sweep)
        except Exception as error:  # the points are what counts
            log.warning("The sweep's page could not be made: %s", error)


def make_page(sweep: points.Points) -> None:
    """Makes the page of a sweep and says where it is."""
    import sys

    from playfair.experiments.compare import counts, side_by_side
    from playfair.launch.runs import list_again
    from playfair.launch.terminal import print_page
    from playfair.printable import spreadsheet
    from playfair.report.html import page
    from playfair.report.rendered import rendered
    from playfair.report.run_links import seen_from
    from playfair.steps.durable import written_aside

    runs = [read_run(point.folder, point.typed) for point in sweep.points]
    if all(run.state == WAITING for run in runs):
        return  # nothing was begun
    result = side_by_side(runs, objective=sweep.objective, direction=sweep.direction)
    for name, table in result.tables.items():
        if name in (NAME, "points"):
            with written_aside(sweep.folder / f"{name}.csv") as part:
                spreadsheet(table).to_csv(part, index=False)
    for name, figure in result.figures.items():
        for kind in result.kinds:
            with written_aside(sweep.folder / f"{name}.{kind}") as part:
                part.write_bytes(rendered(figure, kind))
    shown = seen_from(sweep.folder, result)
    html = sweep.folder / f"{NAME}.html"
    with written_aside(html) as part:
        part.write_text(page(shown, footer=command_of(sys.argv[1:])), encoding="utf-8")
    list_again(sweep.folder)
    print_page([counts(runs), *result.findings[1:]], html)
