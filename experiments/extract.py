"""What does the backbone make of every frame?

Reads the dataset and video.pt (trained first where it is not there); writes
features/{train,validation} of each study.
"""

from collections.abc import Sequence

import pandas as pd

from playfair.datasets.doctor.finding import counted
from playfair.report.look import model_name, number
from playfair.report.sentences import listed
from playfair.result import Result
from playfair.steps.study import Study


def extract(studies: Sequence[Study]) -> Result:
    """Features of both splits, with what was stored and what was left out."""
    rows = []
    for study in studies:
        for split in ("train", "validation"):
            store = study.features(split)
            # reasons lie with the frames where those are decoded once
            skipped = int((store.lengths == 0).sum())
            rows.append(
                {
                    "model": study.name,
                    "split": split,
                    "clips": len(store) - skipped,
                    "frames": int(store.lengths.sum()),
                    "skipped": skipped,
                    "folder": str(store.folder),
                }
            )
    table = pd.DataFrame(rows)
    return Result(
        "Features",
        "Features of all frames, one row each; clips that could not be decoded are skipped and "
        "counted.",
        findings=[finding(table)],
        metrics={f"{row.model}_{row.split}_clips": float(row.clips) for row in table.itertuples()},
        tables={"features": table},
    )


def finding(table: pd.DataFrame) -> str:
    """How many clips and frames have features, and how many clips have none."""
    clips = int(table["clips"].sum())
    skipped = int(table["skipped"].sum())
    none = "No clip was left out" if not skipped else f"{number(skipped)} could not be decoded"
    models = listed([model_name(str(name)) for name in table["model"].unique()])
    frames = counted(int(table["frames"].sum()), "frame")
    have = "has features of its" if clips == 1 else "have features of their"
    return f"{counted(clips, 'clip')} {have} {frames} by {models}. {none}."
