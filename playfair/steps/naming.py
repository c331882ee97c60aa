"""What studies are called, and the readable part of the names of steps' folders."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any


def with_seed(name: str, seed: int) -> str:
    """A model's name, with the seed it was trained with where that is not 0.

    >>> with_seed("trn", 0), with_seed("trn", 3)
    ('trn', 'trn-seed-3')
    """
    return f"{name}-seed-{seed}" if seed else name


def study_name(name: str, model: Mapping[str, Any]) -> str:
    """A checkpoint's study is named by the last part of its path, any other by its group.

    >>> study_name("huggingface", {"path": "MCG-NJU/videomae-base-finetuned-ssv2"})
    'videomae-base-finetuned-ssv2'
    >>> study_name("trn", {})
    'trn'
    """
    path = model.get("path")
    if not path:
        return name
    last = str(path).rstrip("/").rpartition("/")[2]
    return Path(path).resolve().name if last in ("", ".", "..") else last
