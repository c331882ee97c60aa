"""Where in a clip do its supporting and distracting frames lie?

Reads the ESV stores (built where they are not there). Expected where the decisive interval is known: frames inside it
support the true class, frames outside add nothing.
"""

from collections.abc import Sequence

import pandas as pd

from playfair.analysis.position import by_position, inside_evidence, mean_esv_inside_and_outside
from playfair.report.figures.position import position_figure
from playfair.result import Result
from playfair.study import Study


def position(studies: Sequence[Study], *, n_frames: int) -> Result:
    """ESV of the true class against position, and how often each frame is the most supporting or distracting one."""
    tables, evidence, metrics = {}, {}, {}
    for study in studies:
        esvs = study.esvs(n_frames)
        tables[study.name] = by_position(esvs)
        inside = inside_evidence(esvs, study.data.evidence())
        if inside is not None:
            evidence[study.name] = mean_esv_inside_and_outside(esvs, inside)
            for row in evidence[study.name].itertuples():
                metrics[f"{study.name}_esv_{row.frames}_evidence"] = float(row.esv)
    shown = {"position": tables} | ({"evidence": evidence} if evidence else {})
    return Result(
        "Position",
        f"ESVs of the true class at {n_frames} frames, averaged over the validation videos, with 95 % bootstrap "
        "intervals over videos (bands). Position runs from 0, the first sampled frame, to 1, the last. Dotted: what "
        "chance would give.",
        metrics=metrics,
        tables={name: _with_models(of_models) for name, of_models in shown.items()},
        figures={"position": position_figure(tables)},
        captions={"evidence": "Mean ESV of the true class over frames inside and outside the decisive interval."},
    )


def _with_models(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return pd.concat([table.assign(model=model) for model, table in tables.items()], ignore_index=True)
