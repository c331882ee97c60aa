"""How often each class is, from a file: shares that sum to 1, or counts."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from playfair.datasets.label_files import excerpt
from playfair.datasets.lists.listing import ListError
from playfair.datasets.lists.text import read_text

ROUNDING = 1e-3  # that shares may be off 1 by, all together


def read_prior_file(path: Path, n_classes: int) -> NDArray[np.float64]:
    """A prior, as a number a line in the order of the classes, or as a .npy file.

    Args:
        path: the file.
        n_classes: how many numbers are expected.

    Returns:
        (class,), probability.

    Raises:
        ListError: it holds other numbers.
    """
    if not path.is_file():
        raise ListError(path, "no such file; type dataset.prior=FILE, uniform or null")
    try:
        if path.suffix == ".npy":
            with path.open("rb") as file:
                array = np.lib.format.read_array(file, allow_pickle=False)
            values = array.astype(np.float64, casting="safe").ravel()
        else:
            values = np.array(read_text(path).split(), dtype=np.float64)
    except ListError:
        raise
    except (ValueError, TypeError, OSError) as error:
        reason = f"expected a number for each class, a line each ({excerpt(str(error))})"
        raise ListError(path, reason) from error
    if len(values) != n_classes:
        reason = f"expected {n_classes} numbers, one for each class, got {len(values)}"
        raise ListError(path, reason)
    total = values.sum()
    if not np.isfinite(values).all() or (values < 0).any() or total <= 0:
        raise ListError(path, "expected shares or counts, 0 or more, and not all 0")
    counts = bool((values % 1 == 0).all())
    if not counts and abs(total - 1) > ROUNDING:
        raise ListError(path, f"expected shares that sum to 1, or counts; these sum to {total:g}")
    return np.asarray(values / total)
