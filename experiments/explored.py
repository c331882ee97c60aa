"""Where the explorer shows what an experiment is about."""

from collections.abc import Sequence
from typing import Any

from playfair.explorer.view import View
from playfair.steps.study import Study


def explored(studies: Sequence[Study], n_frames: int, **view: Any) -> str:
    """The query that opens the last model's ESVs, and those of the one before beside them.

    Args:
        studies: of each model its first seed is taken.
        n_frames: of the stores.
        view: more of `explorer.view.View`, such as page or uid.
    """
    first_seeds = list({study.name: study for study in reversed(studies)}.values())[::-1]
    folders = [study.layout.folder(study.esvs_step(n_frames)) for study in first_seeds[-2:]]
    esvs = f"{first_seeds[-1].dataset.name}/{folders[-1].name}"
    beside = folders[0].name if len(folders) > 1 else ""
    return View(esvs=esvs, beside=beside, **view).query()
