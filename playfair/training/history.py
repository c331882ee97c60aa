"""How a training went, epoch by epoch: history.csv, a row for each stage and epoch.

    stage             what was trained: video, or heads
    epoch             1, 2, …
    loss              mean over the epoch's batches, as the model was while it learnt from them
    val_loss          mean over the watched validation clips, at the end of the epoch
    val_top1          share of them that is right; both are empty where nothing was validated
    lr                learning rate of the epoch's last step
    clips_per_second  that were learnt from, of all processes; validation apart
    seconds           of the epoch, with its validation

Imports no torch: it is read by whoever draws or lists trainings.
"""

import csv
import io
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger("playfair")

HISTORY = "history.csv"
COLUMNS = (
    "stage",
    "epoch",
    "loss",
    "val_loss",
    "val_top1",
    "lr",
    "clips_per_second",
    "seconds",
)

Row = Mapping[str, Any]


def read(folder: Path) -> "pd.DataFrame":
    """The history in the folder of a trained step, or of a run.

    Args:
        folder: of a step: video or heads; or a run's, whose rows begin with model and seed.

    Returns:
        A row for each stage and epoch; none where none was kept, or it cannot be read, which is
        logged.

    Example:
        >>> read(Path("nowhere")).columns.tolist()[:4]
        ['stage', 'epoch', 'loss', 'val_loss']
    """
    import pandas as pd

    file = folder / HISTORY
    try:
        rows = pd.read_csv(file)
    except FileNotFoundError:
        return pd.DataFrame(columns=list(COLUMNS))
    except (OSError, ValueError) as error:  # among which are pandas' own
        log.warning("%s cannot be read: its training is left out (%s)", file, error)
        return pd.DataFrame(columns=list(COLUMNS))
    lacking = [name for name in COLUMNS if name not in rows]
    if lacking:
        log.warning("%s has no %s: its training is left out", file, ", ".join(lacking))
        return pd.DataFrame(columns=list(COLUMNS))
    return rows


class HistoryFile:
    """A history while it is written: whole at every moment, one row for each epoch.

    Args:
        file: where it lies.

    Example:
        >>> import tempfile
        >>> file = HistoryFile(Path(tempfile.mkdtemp()) / HISTORY)
        >>> file.begin(n_epochs=0)
        >>> file.add(dict.fromkeys(COLUMNS, 1))
        >>> [row["epoch"] for row in file.rows]
        ['1']
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self.rows: list[dict[str, str]] = []

    def begin(self, n_epochs: int) -> None:
        """Keeps the rows of the first epochs: later ones are learnt, and written, again.

        Args:
            n_epochs: how many have been learnt that are not learnt again.
        """
        self.rows = [row for row in self._there() if int(row["epoch"]) <= n_epochs]
        self._write()

    def add(self, row: Row) -> None:
        """Writes the next row; NaN is an empty cell."""
        self.rows.append({name: _cell(row[name]) for name in COLUMNS})
        self._write()

    def _there(self) -> list[dict[str, str]]:
        try:
            text = self.file.read_text(encoding="utf-8")
            rows = list(csv.DictReader(io.StringIO(text)))
            return [{name: row[name] for name in COLUMNS} for row in rows if row["epoch"].isdigit()]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, KeyError, AttributeError, csv.Error) as error:
            log.warning("%s cannot be read, and begins anew (%s)", self.file, error)
            return []

    def _write(self) -> None:
        """A reader sees the old file or the whole new one; so does a run after a power cut."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        part = self.file.with_name(f"{self.file.name}.part")
        with part.open("w", encoding="utf-8", newline="") as opened:
            writer = csv.DictWriter(opened, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(self.rows)
            opened.flush()
            os.fsync(opened.fileno())
        part.replace(self.file)


def _cell(value: Any) -> str:
    return "" if value != value else str(value)
