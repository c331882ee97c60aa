"""How the models of a run were trained: the histories of their steps, put together.

Imports no torch.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playfair.steps.layout import LayoutError, NotAtHandError
from playfair.training.history import COLUMNS, HISTORY, read

if TYPE_CHECKING:
    import pandas as pd


def histories(studies: Sequence[Any]) -> "pd.DataFrame":
    """The history of every training behind the studies that kept one.

    Args:
        studies: of models that were trained here, or not.

    Returns:
        Columns model, seed and those of `playfair.training.history`; a row for each model, seed,
        stage and epoch.
    """
    import pandas as pd

    columns = ["model", "seed", *COLUMNS]
    tables = [
        read(folder).assign(model=study.name, seed=study.seed)
        for study in studies
        for folder in trained_folders(study)
    ]
    filled = [table for table in tables if len(table)]
    if not filled:
        return pd.DataFrame(columns=columns)
    return pd.concat(filled, ignore_index=True)[columns]


def keep_histories(studies: Sequence[Any], folder: Path) -> None:
    """Writes them into a run's folder, where there are any."""
    table = histories(studies)
    if len(table):
        table.to_csv(folder / HISTORY, index=False)


def trained_folders(study: Any) -> Iterator[Path]:
    """Where the steps of a study lie that were trained here: video, then heads."""
    if study.is_pretrained or not hasattr(study, "video_step"):
        return
    stages = []
    if study.has_videos and study.model.get("training"):
        stages.append(study.video_step)
    if study.model.get("heads"):
        stages.append(study.head_step)
    for step in stages:
        try:
            yield study.layout.folder(step)
        except (LayoutError, NotAtHandError):  # what it is made from is not here, or it is not
            continue
