"""What does the backbone make of every frame?

Reads the dataset and video.pt (trained first where it is not there); writes
features/{train,validation} of each study.
"""

from collections.abc import Sequence

import pandas as pd

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
        metrics={f"{row.model}_{row.split}_clips": float(row.clips) for row in table.itertuples()},
        tables={"features": table},
    )
