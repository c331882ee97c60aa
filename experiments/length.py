"""What changes as a model is shown more frames of the same clips?

Reads the ESV store of every length (built where it is not there). Expected: TRN's score of the true class rises with
frames as its order shows; an ESV shrinks, as the same evidence is shared out among more frames.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from playfair.analysis.compare import compare, of_models
from playfair.analysis.length import at_length, first_right, same_videos
from playfair.report.figures.interactive import lines
from playfair.report.figures.length import length_figure
from playfair.result import Result
from playfair.steps.study import Study


def length(studies: Sequence[Study], *, lengths: Sequence[int]) -> Result:
    """Score, accuracy, supporting frames and size of ESVs at each of `lengths`, of clips long enough for all."""
    lengths = sorted(set(lengths))
    uids = studies[0].data.split(studies[0].split_name).uids
    long_enough = set(uids[_frames(studies[0], lengths) >= lengths[-1]])
    tables = {
        study.name: same_videos(
            {frames: at_length(study.esvs(frames)) for frames in lengths}, long_enough
        )
        for study in studies
    }
    compared = [
        compare({name: of[frames] for name, of in tables.items()}).assign(frames=frames)
        for frames in lengths
    ]
    table = pd.concat(compared, ignore_index=True)
    first = {name: first_right(of) for name, of in tables.items()}
    n = {name: len(of[lengths[0]]) for name, of in tables.items()}
    used = min(n.values())
    metrics = {
        f"{row.model}_{row.measure}_{row.frames}": float(row.mean)
        for row in table.itertuples()
        if row.model in tables
        and row.measure in ("correct", "score")
        and row.frames in (lengths[0], lengths[-1])
    }
    metrics |= {
        f"{name}_never_right": float(1 - of["first_by"].iloc[-1]) for name, of in first.items()
    }
    return Result(
        "Length",
        f"The same {used} validation clips, fed {', '.join(map(str, lengths))} frames each; {len(uids) - used} of "
        f"{len(uids)} have fewer than {lengths[-1]} frames, or could not be explained, and are left out at every "
        "length. With 95 % bootstrap intervals over videos.",
        metrics={**metrics, "clips": float(used), "left_out": float(len(uids) - used)},
        tables={"length": table, "first_right": of_models(first)},
        interactive={
            "length": lines(
                table[(table["measure"] == "score") & table["model"].isin(list(tables))],
                *(
                    "frames",
                    "mean",
                    "model",
                    ("frames", "mean score of the true class (probability)"),
                ),
            )
        },
        figures={
            "length": length_figure({name: table[table["model"] == name] for name in tables}, first)
        },
        captions={
            "length": "Mean over videos. ESVs are of the true class. Last panel: share of the videos that are right at "
            "this number of frames or at fewer (line), and that are right at it and at all greater ones (dotted).",
            "first_right": "first: right for the first time at this length; settled: right from this length on.",
        },
    )


def _frames(study: Study, lengths: Sequence[int]) -> np.ndarray:
    """How many frames each validation clip has; some must have as many as the greatest length."""
    if not lengths or lengths[0] < 1:
        raise ValueError(
            f"Expected lengths of at least 1 frame, got {list(lengths)}. Type experiment.lengths=[1,2,4,8]"
        )
    available = study.features().lengths
    longest = int(available.max())
    if lengths[-1] > longest:
        shorter = [length for length in lengths if length < longest]
        typed = ",".join(map(str, [*shorter, longest]))
        raise ValueError(
            f"Every clip of the validation split is shorter than {lengths[-1]} frames: the longest has {longest}. Type "
            f"experiment.lengths=[{typed}]"
        )
    return available
