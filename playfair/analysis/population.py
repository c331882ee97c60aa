"""All videos at once: what every position adds by class, and how many of a video's frames support its class."""

import numpy as np


def class_by_frame(
    values: np.ndarray, labels: np.ndarray, n_classes: int
) -> tuple[np.ndarray, np.ndarray]:
    """Mean ESV of the true class, by class and frame.

    Args:
        values: ESVs of the true class, (video, frame), probability.
        labels: class of every video, (video,).

    Returns:
        means (class, frame), NaN for a class without videos, and the number of videos (class,).

    Example:
        class_by_frame(np.array([[0.1, 0.3], [0.3, 0.1]]), np.array([1, 1]), 2)   # class 1: 0.2, 0.2
    """
    counts = np.bincount(labels, minlength=n_classes)
    columns = [np.bincount(labels, column, minlength=n_classes) for column in values.T]
    with np.errstate(invalid="ignore"):
        return np.stack(columns, axis=1) / counts[:, None], counts


def supporting_share(values: np.ndarray) -> np.ndarray:
    """Share of a video's frames whose ESV of the true class is above 0: (video, frame) → (video,).

    >>> supporting_share(np.array([[0.2, -0.1, 0.1, 0.0]]))
    array([0.5])
    """
    return (values > 0).mean(1)
