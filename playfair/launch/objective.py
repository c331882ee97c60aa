"""What a run returns to a sweeper that searches: a number of its metrics.json."""

import math
from pathlib import Path

from playfair.launch.suggest import nearest
from playfair.steps.damage import read_json
from playfair.steps.run_folder import METRICS


class ObjectiveError(ValueError):
    """The number that is searched for is not among those of an answer."""


def objective_of(folder: Path, key: str | None) -> float | None:
    """The number of a finished run that a search is about; None where nobody asks.

    Args:
        folder: of the run.
        key: of its metrics.json: the option `objective`.

    Raises:
        DamageError: metrics.json is not as it was written.
        ObjectiveError: there is no such number, or it is no number.
    """
    if key is None:
        return None
    advice = "Remove the folder it is in, and type the same command again."
    metrics = read_json(folder / METRICS, "the numbers of an answer", advice)
    if key not in metrics:
        raise ObjectiveError(
            f"objective={key} is no number of this experiment's {METRICS}. {nearest(key, metrics)} "
            "What was computed is kept: type the same command with another objective."
        )
    value = float(metrics[key])
    if not math.isfinite(value):
        raise ObjectiveError(f"objective={key} is {value} here: nothing to be searched by.")
    return value
