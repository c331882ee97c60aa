"""An answer as a table of pandas, or as arrays of xarray."""

import numpy as np
import pandas as pd
import xarray as xr
from torch import Tensor

from playfair.shapley.attribution import Attribution


def array(values: Tensor) -> np.ndarray:
    """Values as numpy has them; it knows no bfloat16."""
    if values.is_floating_point() and values.element_size() < 4:
        values = values.float()
    return values.detach().cpu().numpy()


def dataset(answer: Attribution) -> xr.Dataset:
    """The arrays by name and axis, as an ESV store on disk has them.

    Example:
        >>> import torch
        >>> from playfair.shapley import explain
        >>> dict(dataset(explain(lambda x: x.mean(1), torch.randn(1, 2, 3))).sizes)
        {'video': 1, 'element': 2, 'class': 3}
    """
    axes = ("video", "element", "class")
    variables = {
        "esv": (axes, array(answer.esv)),
        "score": (("video", "class"), array(answer.score)),
    }
    if answer.stderr is not None:
        variables["stderr"] = (axes, array(answer.stderr))
    if answer.plain is not None:
        variables["plain"] = (("video",), array(answer.plain))
    if answer.prior is not None:
        variables["prior"] = (("class",), array(answer.prior))
    coordinates: dict[str, object] = {"video": list(videos_of(answer))}
    if answer.class_names is not None:
        coordinates["class_name"] = ("class", list(answer.class_names))
    if answer.frame_index is not None:
        held = array(answer.frame_index)
        coordinates["frame_index"] = (("video", "element", "part")[: held.ndim], held)
    attributes = {
        "estimator": answer.estimator,
        "why": answer.why,
        "evaluations": answer.evaluations,
        "prior_from": answer.prior_from,
        "removal": answer.removal or "",
    }
    return xr.Dataset(variables, coordinates, attributes)


def dataframe(answer: Attribution) -> pd.DataFrame:
    """A row for each video, element and class; class_name where names are known.

    Example:
        >>> import torch
        >>> from playfair.shapley import explain
        >>> dataframe(explain(lambda x: x.mean(1), torch.randn(1, 2, 3))).shape
        (6, 6)
    """
    n_videos, n_elements, n_classes = answer.esv.shape
    shape = (n_videos, n_elements, n_classes)
    video, element, label = np.indices(shape).reshape(3, -1)
    columns: dict[str, object] = {
        "video": np.array(videos_of(answer), dtype=object)[video],
        "element": element,
        "class": label,
    }
    if answer.class_names is not None:
        columns["class_name"] = np.array(answer.class_names, dtype=object)[label]
    columns["esv"] = array(answer.esv).ravel()
    if answer.stderr is not None:
        columns["stderr"] = array(answer.stderr).ravel()
    columns["score"] = np.broadcast_to(array(answer.score)[:, None], shape).ravel()
    if answer.prior is not None:
        columns["prior"] = np.broadcast_to(array(answer.prior), shape).ravel()
    return pd.DataFrame(columns)


def videos_of(answer: Attribution) -> tuple[object, ...]:
    """Names of the videos, or their places."""
    if answer.videos is not None:
        return answer.videos
    return tuple(range(len(answer.esv)))


def name_of(answer: Attribution, label: int) -> str:
    """What a class is called, or its number."""
    return f"class {label}" if answer.class_names is None else answer.class_names[label]
