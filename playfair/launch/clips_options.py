"""What `conf/dataset/clips.yaml` works out of what was typed: a name, a root, a model's classes.

Hydra files a run under the dataset's name, so this is known when the configuration is composed.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

NAMELESS = "clips"
MOST_LETTERS = 80


def register() -> None:
    """Makes the resolvers known to OmegaConf; again does nothing."""
    OmegaConf.register_new_resolver("clips_name", clips_name, replace=True)
    OmegaConf.register_new_resolver("clips_root", clips_root, replace=True)
    OmegaConf.register_new_resolver("clips_model", clips_model, replace=True)


def clips_name(root: Any, files: Any) -> str:
    """What outputs are filed under: the list's name without ending, or the folder's.

    Args:
        root: the folder of the clips.
        files: the list, or one for each split; None: there is none.

    Example:
        >>> clips_name("data/my clips/", None), clips_name("data", "lists/kinetics_val.csv")
        ('my-clips', 'kinetics_val')
    """
    path = os.path.abspath(str(root))
    if isinstance(files, Mapping):
        first = next((file for file in files.values() if file), path)
        path = os.path.dirname(os.path.abspath(str(first)))
    elif files is not None:
        path = os.path.splitext(str(files))[0]
    name = re.sub(r"[^\w.-]+", "-", os.path.basename(path)).strip("-.")
    return name[:MOST_LETTERS] or NAMELESS


def clips_root(files: Any, usual: str) -> str:
    """Where relative paths begin: in the folder of the list, or where clips usually lie.

    Example:
        >>> clips_root("lists/val.csv", "data/clips"), clips_root(None, "data/clips")
        ('lists', 'data/clips')
    """
    if isinstance(files, Mapping):
        files = next((file for file in files.values() if file), None)
    return usual if files is None else os.path.dirname(str(files)) or "."


def clips_model(models: Any) -> str | None:
    """The folder of the checkpoint that is explained, which names the classes it tells apart.

    Args:
        models: the group `model`, or None.

    Returns:
        None where there is no checkpoint, or it is not on this machine.
    """
    if not isinstance(models, Mapping):
        return None
    for model in models.values():
        if not isinstance(model, Mapping) or not _path_in(model):
            continue
        path = _path_in(model)
        if Path(path).is_dir():
            return path
        from playfair.models.huggingface.folder import cached_folder

        folder = cached_folder(path)
        return None if folder is None else str(folder)
    return None


def _path_in(model: Mapping[str, Any]) -> str:
    """A checkpoint's path; "" where the model is none, or its path was not typed."""
    if "path" not in model:  # nor where it is ???
        return ""
    return str(model["path"] or "")
