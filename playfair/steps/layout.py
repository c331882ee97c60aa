"""Every path below `outputs`, both ways: from a step to its folder, and from a folder to its step.

    <outputs>/<dataset>/frames/train-64x64-5b1e20c7/       decoded frames, where decoded once
    <outputs>/<dataset>/video/trn-c09d7e11/video.pt        backbone and head, trained from video
    <outputs>/<dataset>/features/trn-train-71f4a2d0/       features of every frame of a split
    <outputs>/<dataset>/heads/trn-8e20b6f3/heads.pt        heads of all scales, trained on features
    <outputs>/<dataset>/esvs/trn-8-frames-3f2a91c0/        ESVs of a split: a Zarr group
    <outputs>/<dataset>/interactions/trn-8-frames-…/       pair interactions of the true class
    <outputs>/<dataset>/runs/<experiment>_<time>/          what an experiment answered

A step's folder is named readably first and uniquely second, by the first 8 letters of its id, and
says in made_from.json all that it was made from (steps/made_from.py).
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from playfair.steps.damage import DamageError, LayoutError
from playfair.steps.made_from import MADE_FROM, of_any_version, of_other_version, read_record
from playfair.steps.step import UNKNOWN, Record, Step, agree, differences, record

LOCKS = ".locks"


class NotAtHandError(ValueError):
    """A step names something by its content, and that is not at hand to be known by."""


@dataclass(frozen=True)
class Layout:
    """The folder of all outputs.

    Args:
        outputs: the folder.
        opened: what this process has opened already, by step id.

    Example:
        Layout(Path("outputs")).folder(study.esvs_step(8))
    """

    outputs: Path
    opened: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def folder(self, step: Step) -> Path:
        """Where a step lies, or will.

        A step that names a content which is not at hand, such as a dataset on another machine, is
        looked for among the folders that are there.

        Raises:
            NotAtHandError: no folder, or more than one, is what is asked for.
            LayoutError: the outputs are the first version's.
        """
        made_from = record(step)
        kind = self.outputs / step.data.name / step.kind
        if made_from["id"] == UNKNOWN:
            return self._the_only(step, kind, made_from)
        self.refuse_first_version(step.data.name)
        return kind / f"{step.label}-{made_from['id'][:8]}"

    def _the_only(self, step: Step, kind: Path, made_from: Record) -> Path:
        """The folder of a kind that is what is asked for, where it alone is."""
        candidates = []
        others = []
        damages = []
        for folder in sorted(kind.glob(f"{step.label}-*")):
            try:
                if not (folder / MADE_FROM).is_file():
                    continue
                on_disk = read_record(folder)
                if agree(on_disk, made_from):
                    candidates.append(folder)
                elif agree(on_disk, of_any_version(made_from)):
                    others.append(of_other_version(folder, on_disk, made_from))
            except DamageError as damage:  # which does not stand in the way of another
                damages.append(damage)
        if len(candidates) == 1:
            return candidates[0]
        if damages:
            raise damages[0]
        unknown = "\n".join(dict.fromkeys(_reasons(step)))
        if not candidates:
            why = others[0] if others else f"Nor is there a finished {kind / step.label}-*."
            raise NotAtHandError(f"{unknown}\n({why})")
        raise NotAtHandError(
            f"{unknown}\nWithout it, which of these is meant? "
            + ", ".join(map(str, candidates))
            + ". Move all but one of them away. The first two differ in "
            + "; ".join(differences(*map(read_record, candidates[:2])))
        )

    def lock(self, folder: Path) -> Path:
        """The file that whoever makes what lies in a step's folder holds."""
        dataset = folder.parent.parent.name
        return self.outputs / dataset / LOCKS / f"{folder.name}.lock"

    def runs(self, dataset_name: str) -> Path:
        """Where the run folders of experiments lie."""
        return self.outputs / dataset_name / "runs"

    def folders(self, kind: str) -> Iterator[Path]:
        """All folders of a kind that hold a step, of all datasets."""
        for file in sorted(self.outputs.glob(f"*/{kind}/*/{MADE_FROM}")):
            yield file.parent

    def nameless(self, kind: str) -> Iterator[Path]:
        """All folders of a kind that do not say what they were made from."""
        for folder in sorted(self.outputs.glob(f"*/{kind}/*/")):
            if not (folder / MADE_FROM).is_file():
                yield folder

    def refuse_first_version(self, dataset_name: str) -> None:
        """Raises LayoutError where the first version of Play Fair has left its artefacts."""
        if old := _of_first_version(self.outputs / dataset_name):
            raise LayoutError(
                f"{old} was written by the first version of Play Fair, whose artefacts are not read "
                f"any more. Move {old.parent} away, or type paths.outputs=FOLDER to begin afresh."
            )


def _reasons(step: Step) -> Iterator[str]:
    """Why contents that a step or its inputs name are unknown."""
    for other in step.inputs().values():
        yield from _reasons(other)
    if UNKNOWN in json.dumps(step.settings()):
        yield str(getattr(step, "unknown_because", lambda: f"{step.label} is not at hand")())


@cache
def _of_first_version(folder: Path) -> Path | None:
    patterns = ("*/video.pt", "*/heads.pt", "*/esv/frames-*.zarr")
    for pattern in patterns:
        for path in folder.glob(pattern):
            return path
    return None
