"""A saved W&B workspace for a project.

It has a section per experiment, its numbers as bars, its figures and tables below.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import wandb
from pydantic import TypeAdapter
from wandb_workspaces.reports import v2 as panels
from wandb_workspaces.workspaces import Section, Workspace

from playfair.report.wandb import logged_in
from playfair.steps.damage import read_json
from playfair.steps.durable import write_json


def workspace(
    project: str, entity: str | None, experiments: Mapping[str, Mapping[str, list[str]]]
) -> Workspace:
    """The workspace, not yet saved.

    Args:
        project: of W&B.
        entity: user or team; None: the one that is logged in.
        experiments: name → the keys it has in W&B, by kind: metrics, figures, tables (see
            `keys_of_run`).
    """
    sections: list[Section] = []
    for name, keys in experiments.items():
        contents: list[Any] = []
        for metric in keys["metrics"]:
            contents.append(panels.BarPlot(title=metric, metrics=[panels.SummaryMetric(metric)]))
        for key in keys["figures"]:
            contents.append(panels.MediaBrowser(media_keys=[key]))
        for key in keys["tables"]:
            contents.append(panels.WeavePanelSummaryTable(table_name=key))
        sections.append(Section(name=name, panels=contents, is_open=not sections))
    return Workspace(entity=entity or "", project=project, name="Play Fair", sections=sections)


def keys_of_run(folder: Path) -> dict[str, list[str]]:
    """What a run folder holds, by the keys under which `log_result` logged it.

    Returns:
        Keys of metrics, figures and tables. Metrics are the whole's: those of the parts are many.
    """

    def files(pattern: str) -> list[str]:
        names = []
        for file in folder.rglob(pattern):
            place = file.relative_to(folder)
            if "wandb" not in place.parts:
                names.append(place.with_suffix("").as_posix())
        return sorted(names)

    metrics = read_json(folder / "metrics.json", advice="Run the experiment again.")
    return {
        "metrics": list(metrics),
        "figures": files("*.png"),
        "tables": [f"{name}_table" for name in files("*.csv")],
    }


def save(workspace: Workspace, file: Path) -> str:
    """Saves the workspace on the W&B server.

    Args:
        workspace: what is saved.
        file: where its description goes in any case.

    Returns:
        Its address.

    Raises:
        ValueError: W&B is offline or nobody is logged in: a workspace lives on the server alone.
    """
    write_json(file, TypeAdapter(Workspace).dump_python(workspace, mode="json", warnings=False))
    if not logged_in():
        raise ValueError(
            "A W&B workspace is kept by the W&B server, and there is no connection to one: "
            "WANDB_MODE is offline, or nobody is logged in. What would be saved is described in "
            f"{file}. Type wandb login, then wandb sync RUN_FOLDER/wandb/offline-run-* for the "
            "runs made offline, then the same command again."
        )
    workspace.entity = workspace.entity or str(wandb.Api().default_entity)
    return str(workspace.save().url)
