"""What does every frame of the validation split add to, or take from, every class's score?

Reads features and heads (built where they are not there); writes esv/frames-NN.zarr of each study. Expected: the ESVs
of a video sum to its score minus the prior within 1e-6 for every class.
"""

from collections.abc import Sequence

import pandas as pd

from playfair.analysis.accuracy import accuracy, additivity
from playfair.result import Result
from playfair.steps.study import Study


def esv(studies: Sequence[Study], *, n_frames: int) -> Result:
    """ESVs at n_frames, exact or estimated; how large they are and how exactly they add up."""
    rows: list[dict[str, object]] = []
    metrics: dict[str, float] = {}
    for study in studies:
        esvs = study.esvs(n_frames)
        counts = dict(esvs.attrs["counts"])
        counts.pop("split")
        measures = accuracy(esvs).set_index("measure")["mean"]
        row: dict[str, object] = {
            "model": study.name,
            "videos": esvs.sizes["video"],
            "frames": n_frames,
            **counts,
            "classes": esvs.sizes["class"],
            "top1": measures["top1"],
            "top5": measures["top5"],
            **additivity(esvs),
            "store": str(study.layout.folder(study.esvs_step(n_frames))),
        }
        rows.append(row)
        metrics |= {
            f"{study.name}_{name}": float(value)
            for name, value in row.items()
            if isinstance(value, int | float)
        }
    table = pd.DataFrame(rows)
    metrics["max_efficiency_gap"] = float(table["max_efficiency_gap"].max())
    return Result(
        "Element Shapley Values",
        f"ESVs of the validation videos at {n_frames} frames, for all classes. Clips with fewer are left out, "
        "or with dataset.short=repeat show frames more than once; those that cannot be decoded are left out. The "
        "efficiency gap is the largest difference, over videos and classes, between the sum of the ESVs and score "
        "minus prior.",
        metrics=metrics,
        tables={"esvs": table},
    )
