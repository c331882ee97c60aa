"""W&B pages as code: a saved workspace for a project, and a Report of the same panels.

Panels read what `log_result` and training have logged, by its keys; runs are grouped by the model
that their configuration names, so that a sweep's lines are models.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import wandb
from pydantic import TypeAdapter
from wandb_workspaces import expr
from wandb_workspaces.reports import v2 as pages
from wandb_workspaces.workspaces import RunsetSettings, Section, Workspace

from playfair.report.wandb_media import AXIS, LOGGED
from playfair.report.wandb_mode import reaches_server
from playfair.steps.damage import read_json
from playfair.steps.durable import write_json

TITLE = "Play Fair"
SWEPT = ("model", "n_frames", "seed")
BEST = "top1"

Keys = Mapping[str, Sequence[str]]


class NoServerError(ValueError):
    """A page was to be saved on the W&B server, and there is no connection to one."""


def keys_of_run(folder: Path) -> dict[str, list[str]]:
    """The keys under which a run has logged: metrics, figures, tables."""
    keys = read_json(folder / LOGGED, advice="Run the experiment again, with logger=wandb.")
    return {kind: list(keys[kind]) for kind in ("metrics", "figures", "tables")}


def training_panels() -> list[Any]:
    """Curves of both stages, each over its own epochs."""
    panels = []
    for stage in ("video", "heads"):
        for value in ("loss", "val_loss", "val_top1", "lr"):
            name = f"{stage}/{value}"
            panels.append(pages.LinePlot(title=name, x=f"{stage}/epoch", y=[name]))
    return panels


def sweep_panels() -> list[Any]:
    """What was swept against how right a model is."""
    columns = [pages.ParallelCoordinatesPlotColumn(pages.Config(name)) for name in SWEPT]
    columns.append(pages.ParallelCoordinatesPlotColumn(pages.SummaryMetric(BEST)))
    return [
        pages.LinePlot(title=f"{BEST} by {AXIS}", x=AXIS, y=[BEST], groupby="config.model"),
        pages.ParallelCoordinatesPlot(title="what was swept", columns=columns),
        pages.ParameterImportancePlot(with_respect_to=BEST),
    ]


def experiment_panels(keys: Keys) -> list[Any]:
    """An experiment's numbers as bars, its figures and tables below."""
    panels: list[Any] = []
    for metric in keys["metrics"]:
        panels.append(pages.BarPlot(title=metric, metrics=[pages.SummaryMetric(metric)]))
    for key in keys["figures"]:
        panels.append(pages.MediaBrowser(media_keys=[key]))
    for key in keys["tables"]:
        panels.append(pages.WeavePanelSummaryTable(table_name=key))
    return panels


def sections_of(experiments: Mapping[str, Keys]) -> dict[str, list[Any]]:
    """The panels of a page, by the titles of its sections."""
    sections = {"sweeps": sweep_panels(), "training": training_panels()}
    return sections | {name: experiment_panels(keys) for name, keys in experiments.items()}


def workspace(project: str, entity: str | None, experiments: Mapping[str, Keys]) -> Workspace:
    """The workspace, not yet saved.

    Args:
        project: of W&B.
        entity: user or team; None: the one that is logged in.
        experiments: name → the keys it has in W&B, by kind (see `keys_of_run`).
    """
    panels = sections_of(experiments)
    return Workspace(
        entity=entity or "",
        project=project,
        name=TITLE,
        sections=[
            Section(name=name, panels=own, is_open=name == "sweeps") for name, own in panels.items()
        ],
        runset_settings=RunsetSettings(
            groupby=[expr.Config("model")],
            pinned_columns=[*(f"config:{name}" for name in SWEPT), f"summary:{BEST}"],
        ),
    )


def report(project: str, entity: str | None, experiments: Mapping[str, Keys]) -> pages.Report:
    """A Report of the same panels, not yet saved; arguments as of `workspace`."""
    blocks: list[Any] = [pages.TableOfContents()]
    for name, panels in sections_of(experiments).items():
        runs = pages.Runset(
            entity=entity or "",
            project=project,
            name=name,
            groupby=["config.model"],
            filters=f"Config('experiment') = '{name}'" if name in experiments else "",
        )
        blocks += [pages.H2(name), pages.PanelGrid(runsets=[runs], panels=panels)]
    return pages.Report(
        project=project,
        entity=entity or "",
        title=TITLE,
        description="Which frames made the models decide: every experiment's numbers and figures.",
        blocks=blocks,
    )


def write_down(page: Workspace | pages.Report, file: Path) -> None:
    """What would be saved, as JSON, for eyes and for tests."""
    as_json = TypeAdapter(type(page)).dump_python(page, mode="json", warnings=False)
    write_json(file, as_json)


def require_server(folder: Path) -> None:
    """Raises NoServerError where pages cannot be saved.

    Args:
        folder: where they are described.
    """
    if not reaches_server():
        raise NoServerError(
            "A W&B workspace is kept by the W&B server, and there is no connection to one: "
            "WANDB_MODE is offline, or nobody is logged in. What would be saved is described in "
            f"{folder}/wandb_workspace.json and wandb_report.json. Type wandb login, then wandb sync "
            "RUN_FOLDER/wandb/offline-run-* for the runs made offline, then the same command again."
        )


def save(page: Workspace | pages.Report) -> str:
    """Saves a page on the W&B server.

    Returns:
        Its address.
    """
    page.entity = page.entity or str(wandb.Api().default_entity)
    return str(page.save().url)
