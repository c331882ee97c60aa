"""A result in a W&B run: numbers over their axis, tables, figures, and clips only where asked for."""

import io
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import wandb
from matplotlib.figure import Figure

from playfair.report.figures.strips import strips_figure
from playfair.report.rendered import rendered
from playfair.report.wandb_run import Recorded
from playfair.result import Result, Strip
from playfair.video.playable import played_as
from playfair.video.reader import Clip, VideoError
from playfair.video.webm import write_webm

# what W&B shows of a table
TABLE_ROWS = 10_000
Maker = Callable[[], Any]
# what numbers of a result are plotted over: a sweep over it draws a line
AXIS = "n_frames"
LOGGED = "wandb/logged.json"  # of a run's folder: the keys of what it logged


def log_result(recorded: Recorded, result: Result, n_frames: int, *, clips: bool = False) -> None:
    """Numbers into history and summary, tables and figures as media, parts under their titles.

    Args:
        recorded: the W&B run.
        result: of the run's model alone.
        n_frames: that the model was shown.
        clips: whether frames of clips and the clips themselves are logged too.
    """
    values = numbers(result)
    recorded.attempt(recorded.run.define_metric, AXIS)
    for name in values:
        recorded.attempt(recorded.run.define_metric, name, step_metric=AXIS)
    with TemporaryDirectory(prefix="playfair-wandb-") as folder:  # of pictures, until W&B has them
        makers = media(result, Path(folder), clips=clips)
        things = {name: recorded.attempt(make) for name, make in makers.items()}
        made = {name: thing for name, thing in things.items() if thing is not None}
        recorded.attempt(recorded.run.log, {AXIS: n_frames, **values, **made})


def part_prefix(part: Result) -> str:
    """What stands before the keys of a part."""
    return f"{part.title.lower().replace(' ', '-')}/"


def numbers(result: Result, prefix: str = "") -> dict[str, float]:
    """All metrics, those of parts under the parts' titles; what is not known is left out.

    >>> part = Result("A part", "", metrics={"top1": 0.5, "gap": float("nan")})
    >>> numbers(Result("Whole", "", metrics={"top1": 0.25}, parts=(part,)))
    {'top1': 0.25, 'a-part/top1': 0.5}
    """
    values = {
        f"{prefix}{name}": value
        for name, value in result.metrics.items()
        if value is not None and not math.isnan(value)
    }
    for part in result.parts:
        values |= numbers(part, prefix + part_prefix(part))
    return values


def media(
    result: Result, folder: Path, prefix: str = "", *, clips: bool = False
) -> dict[str, Maker]:
    """Makers of tables, figures and moving figures; of figures with frames only with clips.

    Args:
        result: of one model.
        folder: where pictures are put.
        prefix: in front of the keys.
        clips: whether frames of clips are among them.
    """
    makers: dict[str, Maker] = {}
    for name, table in result.tables.items():
        makers[f"{prefix}{name}_table"] = partial(wandb.Table, dataframe=table.head(TABLE_ROWS))
    for name, figure in result.figures.items():
        if clips or not shows_frames(figure):
            makers[f"{prefix}{name}"] = partial(_picture, figure, folder)
    for name, make in result.interactive.items():
        makers[f"{prefix}{name}_interactive"] = partial(_plotly, make)
    if result.strips and clips:
        makers[f"{prefix}clips"] = partial(_clips, result.strips, folder)
    for part in result.parts:
        makers |= media(part, folder, prefix + part_prefix(part), clips=clips)
    return makers


def _plotly(make: Callable[[], Any]) -> wandb.Plotly:
    return wandb.Plotly(make())


def keys_of(result: Result, *, clips: bool = False) -> dict[str, list[str]]:
    """The keys that a result is logged under: numbers of the whole, as those of parts are many."""
    names = list(media(result, Path(), clips=clips))
    tables = [name for name in names if name.endswith("_table")]
    figures = [name for name in names if name not in tables and not name.endswith("_interactive")]
    own = numbers(replace(result, parts=()))
    return {"metrics": list(own), "figures": figures, "tables": tables}


def shows_frames(figure: Figure) -> bool:
    """Whether pictures in colour are in a figure: frames of clips, which may not be passed on."""
    pictures = (image.get_array() for axes in figure.axes for image in axes.images)
    return any(picture is not None and picture.ndim == 3 for picture in pictures)


def _picture(figure: Figure, folder: Path) -> wandb.Image:
    """The figure as it was drawn for the report: read from a file, it is not encoded again."""
    file = folder / f"{id(figure)}.png"
    file.write_bytes(rendered(figure, "png"))
    return wandb.Image(str(file))


def _clips(strips: Sequence[Strip], folder: Path) -> wandb.Table:
    """A row per clip: its film strip with the ESVs below, and the clip to be played."""
    table = wandb.Table(columns=["clip", "film strip", "video"])
    figures: list[Figure] = []
    for strip in strips:
        figures.append(strips_figure([strip]))  # kept: a file is named by its figure
        picture = _picture(figures[-1], folder)
        table.add_data(strip.title, picture, playable_video(strip.video))
    return table


def playable_video(clip: Clip | None) -> wandb.Video | None:
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
