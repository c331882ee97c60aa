"""Which page of Weights & Biases shows all experiments of this project side by side?

Reads the newest run folder of every experiment, to know what was logged; writes a saved workspace
on the W&B server: a section per experiment, a bar chart for every headline number (one bar a run),
its figures and its tables.
"""

import logging
from collections.abc import Sequence
from pathlib import Path

from playfair.report.wandb_workspace import keys_of_run, save, workspace
from playfair.result import Result
from playfair.steps.study import Study

log = logging.getLogger("playfair")


def wandb_workspace(studies: Sequence[Study], *, project: str, entity: str | None) -> Result:
    """The workspace, saved; ValueError where there is no server to save it on."""
    folder = studies[0].layout.outputs / studies[0].dataset.name
    runs: dict[str, Path] = {}
    for metrics in sorted(
        (folder / "runs").glob("*/metrics.json"), key=lambda file: file.stat().st_mtime
    ):
        name = metrics.parent.name.split("_20")[0]  # experiment_date
        if name != "wandb_workspace":
            runs[name] = metrics.parent
    if not runs:
        raise ValueError(
            f"There is no finished run in {folder / 'runs'}. Type: python run.py experiment=paper"
        )
    experiments = {name: keys_of_run(run) for name, run in sorted(runs.items())}
    saved = workspace(project, entity, experiments)
    address = save(saved, folder / "wandb_workspace.json")
    log.info("saved at %s", address)
    return Result(
        "W&B workspace",
        f"Saved at {address}: {', '.join(sorted(runs))}.",
        metrics={
            "sections": len(runs),
            "panels": sum(len(section.panels) for section in saved.sections),
        },
    )
