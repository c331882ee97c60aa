"""Weights & Biases: one run per experiment, offline unless the user is logged in."""

import io
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import PIL.Image
import wandb
from matplotlib.figure import Figure
from pytorch_lightning.loggers import WandbLogger

from playfair.report.figures.strips import strips_figure
from playfair.report.rendered import rendered
from playfair.result import Result, Strip
from playfair.video.playable import played_as
from playfair.video.reader import Clip, VideoError
from playfair.video.webm import write_webm

# what W&B shows of a table
TABLE_ROWS = 10_000
_FOLDERS = ("WANDB_DATA_DIR", "WANDB_CACHE_DIR", "WANDB_CONFIG_DIR")
_USERS_FOLDERS = {name: os.environ.get(name) for name in _FOLDERS}


@contextmanager
def started(
    folder: Path,
    *,
    project: str,
    mode: str | None,
    group: str | None,
    name: str,
    config: Mapping[str, Any],
) -> Iterator[WandbLogger]:
    """The experiment's run in `folder`; training logs into it too.

    It is ended when the block ends or fails.

    Args:
        folder: the run's.
        project: of W&B.
        mode: "online", "offline" or "disabled"; None: online where the user is logged in, else
            offline.
        group: of runs that belong together, or None.
        name: of the run.
        config: what was composed.
    """
    # images inside tables are staged in the home folder by default: all of it stays in the run's
    for name, chosen in _USERS_FOLDERS.items():
        os.environ[name] = chosen or str(folder / "wandb" / name.split("_")[1].lower())
    os.environ.setdefault("WANDB_SILENT", "true")
    run = wandb.init(
        project=project,
        group=group,
        name=name,
        dir=folder,
        mode=mode or ("online" if logged_in() else "offline"),  # type: ignore[arg-type]
        config=dict(config),
    )
    try:
        yield WandbLogger(experiment=run)
    except BaseException:
        wandb.finish(exit_code=1)
        raise
    wandb.finish()


def log_result(logger: WandbLogger, result: Result, prefix: str = "") -> None:
    """Metrics into the run's summary, tables and figures as media, parts under their titles."""
    run = logger.experiment
    run.summary.update({f"{prefix}{name}": value for name, value in result.metrics.items()})
    media: dict[str, Any] = {}
    for name, table in result.tables.items():
        media[f"{prefix}{name}_table"] = wandb.Table(dataframe=table.head(TABLE_ROWS))
    for name, figure in result.figures.items():
        media[f"{prefix}{name}"] = _picture(figure)
    for name, make in result.interactive.items():
        media[f"{prefix}{name}_interactive"] = wandb.Plotly(make())
    if result.strips:
        media[f"{prefix}clips"] = _clips(result.strips)
    if media:
        run.log(media)
    for part in result.parts:
        log_result(logger, part, f"{prefix}{part.title.lower().replace(' ', '-')}/")


def _picture(figure: Figure) -> wandb.Image:
    return wandb.Image(PIL.Image.open(io.BytesIO(rendered(figure, "png"))))


def _clips(strips: Sequence[Strip]) -> wandb.Table:
    """A row per clip: its film strip with the ESVs below, and the clip to be played."""
    table = wandb.Table(columns=["clip", "film strip", "video"])
    for strip in strips:
        picture = _picture(strips_figure([strip]))
        table.add_data(strip.title, picture, _video(strip.video))
    return table


def _video(clip: Clip | None) -> wandb.Video | None:
    """The clip to be played: as it is where a browser plays it, else converted.

    None where there is none, or it cannot be converted: its film strip stands beside it.
    """
    if clip is None:
        return None
    try:
        if played_as(clip) and Path(clip).suffix.lower() in (".webm", ".mp4"):
            return wandb.Video(str(clip))
        with TemporaryDirectory(prefix="playfair-clips-") as folder:
            file = Path(folder) / "clip.webm"
            write_webm(clip, file)
            return wandb.Video(io.BytesIO(file.read_bytes()), format="webm")
    except VideoError:
        return None


def logged_in() -> bool:
    """Whether runs and workspaces reach a W&B server."""
    if os.environ.get("WANDB_MODE"):
        return os.environ["WANDB_MODE"] == "online"
    return wandb.login(prompt=False)
