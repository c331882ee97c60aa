"""What examining the outputs shows → findings of the doctor, and their repair."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from playfair.datasets.doctor.finding import Finding, counted
from playfair.steps.examination import Examined
from playfair.steps.repair import repair
from playfair.steps.study import Study

log = logging.getLogger("playfair")

CHECK = "outputs"
REPAIRED = "repaired"
REPAIR = "the same with experiment.repair=true, and the options of the command that made it"
# what is made from what: repaired in this order
PATH = (
    "frames",
    "lengths",
    "video",
    "pretrained",
    "features",
    "heads",
    "esvs",
    "interactions",
)


def repair_outputs(outputs: Sequence[Examined], studies: Sequence[Study]) -> dict[Path, str]:
    """Repairs what is damaged, what others are made from first.

    Args:
        outputs: as they were found.
        studies: whose steps can be made here.

    Returns:
        Folder → "repaired", or why it was not.
    """
    fates: dict[Path, str] = {}
    damaged = [examined for examined in outputs if examined.damages]
    for examined in sorted(damaged, key=_depth):
        try:
            repair(examined.folder, examined.damages, studies)
            fates[examined.folder] = REPAIRED
        except ValueError as error:
            fates[examined.folder] = f"not repaired: {error}"
        log.info("%s: %s", examined.folder, fates[examined.folder])
    return fates


def output_findings(
    outputs: Sequence[Examined], fates: Mapping[Path, str] | None = None
) -> Iterator[Finding]:
    """A finding for each damaged folder, one for those that are outdated, and one for the others.

    Args:
        outputs: as they are now.
        fates: what came of a repair, by folder.
    """
    fates = fates or {}
    for examined in outputs:
        if examined.damages:
            yield _damaged(examined, fates.get(examined.folder, ""))
    damaged = {examined.folder for examined in outputs if examined.damages}
    for folder, fate in fates.items():
        if fate != REPAIRED and folder not in damaged:  # what was damaged is removed, at least
            yield Finding("damaged outputs", "problem", f"{folder} was {fate}", REPAIR)
    for examined in outputs:
        if examined.outdated:
            names = " and ".join(examined.outdated)
            yield Finding(
                "outputs of other inputs",
                "note",
                f"{examined.folder} was made from another {names} than there is now",
                f"rm -r {examined.folder}, and the command that made it",
            )
    n_begun = sum(not examined.finished for examined in outputs)
    n_bytes = sum(examined.n_bytes for examined in outputs)
    n_files = sum(examined.n_files for examined in outputs)
    begun = f"; {n_begun} not finished" if n_begun else ""
    repaired = sum(fate == REPAIRED for fate in fates.values())
    mended = f"; {counted(repaired, 'folder')} repaired" if repaired else ""
    read = f"{counted(n_files, 'file')} in {counted(len(outputs), 'folder')}"
    yield Finding(CHECK, "ok", f"{read} read, {n_bytes / 1e6:,.1f} MB{begun}{mended}")


def _depth(examined: Examined) -> int:
    """How far from the clips a step is; one that is not ours comes last."""
    kind = examined.folder.parent.name
    return PATH.index(kind) if kind in PATH else len(PATH)


def _damaged(examined: Examined, fate: str) -> Finding:
    told = [f"{damage.file} ({damage.why})" for damage in examined.damages[:3]]
    more = len(examined.damages) - len(told)
    listed = "; ".join(told) + (f"; and {more} more" if more else "")
    depends = ""
    if examined.dependents:
        names = ", ".join(f"{folder.parent.name}/{folder.name}" for folder in examined.dependents)
        depends = f". What was made from it: {names}"
    said = f". It was {fate}" if fate else ""
    return Finding(
        "damaged outputs",
        "problem",
        f"{listed}{depends}{said}",
        REPAIR,
    )
