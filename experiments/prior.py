"""What does the choice of the prior decide?

ESVs are counted from the score of no frame at all, for which the paper takes the class frequencies
of the training set. Held against it are a uniform prior and the model's mean output. Reads the ESV
stores (built where they are not there); no model is called, as a prior moves all ESVs of a class by
the same amount. Expected: which frame is the strongest, and so deletion, insertion and pointing,
never change; where classes are many and rare, neither do the sides.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from playfair.analysis.compare import compare, joined
from playfair.analysis.design import most_seeds
from playfair.analysis.evidence import frames_per_element
from playfair.analysis.prior import CHANGED, PRIORS, TRAINING, UNIFORM, by_prior
from playfair.analysis.verdicts import with_holm
from playfair.experiments.dead_zone import require_dead_zone, within
from playfair.report.figures.prior import prior_figure
from playfair.report.look import element_word, model_name, percent, probability
from playfair.report.sentences import drawn_over, on_trainings, rows_of, written
from playfair.result import Result
from playfair.steps.seeds import pooled
from playfair.steps.study import Study


def prior(studies: Sequence[Study], *, n_frames: int, dead_zone: float = 0.0) -> Result:
    """Supporting and distracting frames with each of three priors.

    Args:
        dead_zone: probability; frames with |ESV| up to it neither support nor distract.
    """
    require_dead_zone(dead_zone)
    stores = pooled(studies, n_frames)
    tables = {name: by_prior(esvs, dead_zone) for name, esvs in stores.items()}
    compared = []
    for taken in PRIORS:
        of_models = {name: of_model[taken] for name, of_model in tables.items()}
        compared.append(compare(of_models).assign(prior=taken))
    table = with_holm(joined(compared))
    largest = {
        name: max(float(of_prior["moved"].abs().max()) for of_prior in of_model.values())
        for name, of_model in tables.items()
    }
    word = element_word(frames_per_element(esvs) for esvs in stores.values())
    over = drawn_over(most_seeds(stores.values()))
    return Result(
        "Prior",
        f"ESVs of the true class at {n_frames} frames from three priors, the score of no {word} at "
        "all: the class frequencies of the training set, as everywhere else; the same for every "
        f"class; and the model's mean output over the explained videos. With 95 % intervals over "
        f"{over}. A prior enters every ESV of a class alike, as (one − another) / number of "
        f"{word}s: it decides which {word}s support and distract{within(dead_zone)}, and never "
        "their order.",
        findings=[_finding(name, table, largest[name], word) for name in stores],
        metrics={
            f"{row['model']}_{row['measure']}_{str(row['prior']).replace(' ', '_')}": row["mean"]
            for row in table.to_dict("records")
            if row["model"] in stores and np.isfinite(row["mean"])
        },
        tables={"prior": table},
        figures={"prior": prior_figure(table, word)},
        alts={
            "prior": f"Bars for each model: the share of supporting {word}s with each of three priors."
        },
        captions={
            "prior": f"Share of a video's {word}s that support the true class. Bars: 95 % "
            f"intervals over {over}. The table has more: moved, by how much every ESV of the true "
            "class moves from that with training frequencies; and changed_sides, the share of "
            f"{word}s that then support instead of distract, or the reverse.",
        },
    )


def _finding(model: str, table: pd.DataFrame, largest: float, word: str) -> str:
    """How many change sides with another prior than the training set's frequencies."""
    clauses = []
    last: dict[str, object] = {}
    for taken in PRIORS:
        if taken == TRAINING:
            continue
        for row in rows_of(table, model=model, measure=CHANGED, prior=taken):
            name = "a uniform prior" if taken == UNIFORM else f"the {taken} as prior"
            clauses.append(f"with {name} {written(row, percent)}")
            last = dict(row)
    return (
        f"{model_name(model)}: {word}s that support with training frequencies and distract "
        f"otherwise, or the reverse: {', '.join(clauses)}; their order is the same, an ESV moves "
        f"by {probability(largest).lstrip('+')} at most{on_trainings(last)}."
    )
