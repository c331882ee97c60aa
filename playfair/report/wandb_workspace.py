"""A saved W&B workspace for a project: a section per experiment, its numbers as bars, its figures and tables below."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import wandb
from pydantic import TypeAdapter
from wandb_workspaces.reports import v2 as panels
from wandb_workspaces.workspaces import Section, Workspace

from playfair.report.wandb import logged_in
from playfair.steps.durable import write_json


def workspace(
    project: str, entity: str | None, shown: Mapping[str, Mapping[str, list[str]]]
) -> Workspace:
    """The workspace, not yet saved.

    shown: experiment → the keys it has in W&B, by kind: metrics, figures, tables (see `keys_of_run`).
    """
    sections: list[Section] = []
    for name, keys in shown.items():
        drawn: list[Any] = [
            panels.BarPlot(title=metric, metrics=[panels.SummaryMetric(metric)])
            for metric in keys["metrics"]
        ]
        drawn += [panels.MediaBrowser(media_keys=[key]) for key in keys["figures"]]
        drawn += [panels.WeavePanelSummaryTable(table_name=key) for key in keys["tables"]]
        sections.append(Section(name=name, panels=drawn, is_open=not sections))
    return Workspace(entity=entity or "", project=project, name="Play Fair", sections=sections)


def keys_of_run(folder: Path) -> dict[str, list[str]]:
    """What a run folder holds, by the keys under which `log_result` logged it: metrics, figures and tables."""

    def files(pattern: str) -> list[str]:
        found = (file.relative_to(folder) for file in folder.rglob(pattern))
        return sorted(
            file.with_suffix("").as_posix() for file in found if "wandb" not in file.parts
        )

    metrics = json.loads(
        (folder / "metrics.json").read_text(encoding="utf-8")
    )  # those of the parts are many
    return {
        "metrics": list(metrics),
        "figures": files("*.png"),
        "tables": [f"{name}_table" for name in files("*.csv")],
    }


def save(made: Workspace, file: Path) -> str:
    """Saves the workspace on the W&B server and returns its address; its description goes into `file` in any case.

    Raises:
        ValueError: W&B is offline or nobody is logged in: a workspace lives on the server alone.
    """
    write_json(file, TypeAdapter(Workspace).dump_python(made, mode="json", warnings=False))
    if not logged_in():
        raise ValueError(
            "A W&B workspace is kept by the W&B server, and there is no connection to one: WANDB_MODE is offline, or "
            f"nobody is logged in. What would be saved is described in {file}. Type wandb login, then wandb sync "
            "RUN_FOLDER/wandb/offline-run-* for the runs made offline, then the same command again."
        )
    made.entity = made.entity or str(wandb.Api().default_entity)
    return str(made.save().url)
