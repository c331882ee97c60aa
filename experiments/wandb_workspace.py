"""Which pages of Weights & Biases show all experiments of this project side by side?

Reads the newest run folder of every experiment that was logged, to know its keys; writes a saved
workspace on the W&B server: what was swept, training's curves, and a section per experiment with a
bar for every headline number (one bar a model), its figures and its tables. With
experiment.report_too=true a Report of the same panels too.
"""

import logging
from collections.abc import Sequence
from pathlib import Path

from playfair.report.wandb_media import LOGGED
from playfair.report.wandb_workspace import (
    keys_of_run,
    report,
    require_server,
    save,
    workspace,
    write_down,
)
from playfair.result import Result
from playfair.steps.run_folder import LATEST
from playfair.steps.study import Study

log = logging.getLogger("playfair")


def wandb_workspace(
    studies: Sequence[Study], *, project: str, entity: str | None, report_too: bool = False
) -> Result:
    """The pages, saved; ValueError where there is no server to save them on.

    Args:
        project, entity: of W&B.
        report_too: whether a Report is saved beside the workspace.
    """
    folder = studies[0].layout.outputs / studies[0].dataset.name
    runs = logged_runs(folder / "runs")
    if not runs:
        raise ValueError(
            f"No finished run in {folder / 'runs'} was logged. Type: python run.py "
            "experiment=paper logger=wandb"
        )
    experiments = {name: keys_of_run(run) for name, run in sorted(runs.items())}
    own_workspace = workspace(project, entity, experiments)
    own_report = report(project, entity, experiments)
    write_down(own_workspace, folder / "wandb_workspace.json")
    write_down(own_report, folder / "wandb_report.json")
    require_server(folder)
    addresses = [save(own_workspace)]
    if report_too:
        addresses.append(save(own_report))
    for address in addresses:
        log.info("saved at %s", address)
    return Result(
        "W&B workspace",
        f"Saved at {' and '.join(addresses)}: {', '.join(experiments)}.",
        metrics={
            "sections": len(own_workspace.sections),
            "panels": sum(len(section.panels) for section in own_workspace.sections),
        },
    )


def logged_runs(folder: Path) -> dict[str, Path]:
    """The newest run folder of every experiment that was logged, points of sweeps too."""
    runs: dict[str, Path] = {}
    files = [*folder.glob(f"*/{LOGGED}"), *folder.glob(f"*/*/{LOGGED}")]
    for file in sorted(files, key=lambda file: file.stat().st_mtime):
        run = file.parent.parent
        own = run if run.parent == folder else run.parent  # a point lies in its sweep's folder
        if own.name == LATEST:
            continue
        name = own.name.split("_20")[0].removesuffix("_sweep")  # experiment_date
        runs[name] = run
    return runs
