"""Which frames support the prediction, and which distract from it?

Reads the ESV stores (built where they are not there) and, for the film strips, the clips. Expected:
clips that are predicted right have stronger supporting frames; for TRN, clips that are predicted
wrong have stronger distracting ones.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from playfair.analysis.compare import compare, difference, of_models
from playfair.analysis.design import most_seeds
from playfair.analysis.evidence import frames_per_element
from playfair.analysis.support import (
    DIFFERENCE,
    LEFT,
    by_prediction,
    distributions,
    supporting_frames,
)
from playfair.analysis.verdicts import is_told_apart
from playfair.experiments.dead_zone import require_dead_zone, within
from playfair.experiments.explored import explored
from playfair.experiments.film_strips import RULE, alt, caption, figures_of, film_strips
from playfair.report.figures.pairs import pairs_figure
from playfair.report.figures.support import support_figure
from playfair.report.look import element_word, model_name, one, percent, probability
from playfair.report.sentences import (
    doubt,
    drawn_over,
    models_side_by_side,
    on_trainings,
    rows_of,
    written,
)
from playfair.result import Result
from playfair.steps.seeds import by_model, pooled
from playfair.steps.study import Study

# of which a video's values by two models are drawn: column → title and unit
PAIRS = {
    "strongest_supporting": "Strongest supporting {word}",
    "strongest_distracting": "Strongest distracting {word}",
}


def support(
    studies: Sequence[Study],
    *,
    n_frames: int,
    dead_zone: float = 0.0,
    clips: Sequence[str] | None = None,
) -> Result:
    """Shares of supporting and distracting frames and the strongest of each; film strips.

    Args:
        dead_zone: probability; frames with |ESV| up to it neither support nor distract.
        clips: uids of the clips to show; None: those chosen by `RULE`.
    """
    require_dead_zone(dead_zone)
    stores = pooled(studies, n_frames)
    first_seeds = [seeds[0] for seeds in by_model(studies).values()]
    has_videos = all(study.has_videos for study in studies)
    strips = film_strips(first_seeds, n_frames, clips) if has_videos else []
    per_video = {name: supporting_frames(esvs, dead_zone) for name, esvs in stores.items()}
    models = compare(per_video)
    by_group = {name: by_prediction(esvs, dead_zone) for name, esvs in stores.items()}
    spread = {name: distributions(esvs, dead_zone) for name, esvs in stores.items()}
    word = element_word(frames_per_element(esvs) for esvs in stores.values())
    figures = figures_of(strips)
    figures["support"] = support_figure(by_group, spread, word)
    pairs = pairs_figure(per_video, {name: text.format(word=word) for name, text in PAIRS.items()})
    if pairs:
        figures["pairs"] = pairs
    n_seeds = most_seeds(stores.values())
    over = drawn_over(n_seeds)
    choice = f"by rule: {RULE}." if clips is None else "by name."
    of_seed = f" Of seed {first_seeds[0].seed}." if n_seeds > 1 else ""
    return Result(
        "Support",
        f"{one(word).capitalize()} supports the true class where its ESV is above 0, and distracts "
        f"from it where it is below{within(dead_zone)}; at {n_frames} frames, with 95 % intervals "
        f"over {over}. The strongest supporting {word} of a video has the largest ESV, the strongest "
        f"distracting one the smallest; a video without such {one(word)} does not count.",
        findings=findings(models, by_group, word),
        metrics={
            f"{row['model']}_{row['measure']}": float(row["mean"])
            for row in models.to_dict("records")
            if row["model"] in stores and np.isfinite(row["mean"])
        },
        tables={
            "support": models,
            "by_prediction": of_models(by_group),
            "distributions": filled(of_models(spread)),
        },
        strips=strips,
        figures=figures,
        explore=explored(studies, n_frames),
        captions={
            "film_strips": caption(word, f"{choice}{of_seed}"),
            "support": "Of the videos that are predicted right and of those that are predicted "
            f"wrong: how many of their {word}s support the true class; the ESVs of their strongest "
            f"supporting (blue) and distracting (orange) {word}s, in steps of 0.05, and the means "
            f"of these. Bars and bands: 95 % intervals over {over}.",
            "distributions": "Of the videos of a group, the share whose number of supporting "
            f"{word}s, or whose strongest ESV, lies between left and right; from the first bin with "
            "a video to the last.",
            "pairs": f"Each dot is one video: the ESVs of its strongest {word}s by both models. On "
            f"the line both are alike.{ahead(per_video, word)}",
            "by_prediction": f"supporting, distracting: shares of a video's {word}s. correct − "
            "incorrect: difference of the two groups' means. A clip that is predicted right has "
            "the higher score, and ESVs sum to score − prior: they are larger whatever the model "
            "looks at. At equal score − prior: what is left of the difference in a regression on "
            "score − prior with a common slope. p_holm: corrected for the differences of a model "
            "(Holm); below 0.05 the groups are told apart.",
        },
        alts={
            **({"film_strips": alt(strips)} if strips else {}),
            "support": f"A row of panels for each model: how many {word}s support, the ESVs of the "
            "strongest ones, and their means, of clips predicted right and wrong.",
            "pairs": f"A dot for each video: the ESV of its strongest supporting {word}, and of its "
            "strongest distracting one, by one model against that by another.",
        },
    )


def filled(spread: pd.DataFrame) -> pd.DataFrame:
    """The bins of each measure from the first in which any video lies to the last."""
    parts = []
    for _, bins in spread.groupby("measure", sort=False):
        left = bins.loc[bins["share"] > 0, "left"]
        parts.append(bins[bins["left"].between(left.min(), left.max())])
    return pd.concat(parts).sort_index().reset_index(drop=True) if parts else spread


def ahead(per_video: Mapping[str, pd.DataFrame], word: str) -> str:
    """In how many videos a model's strongest supporting element adds more than the first one's."""
    first, *others = per_video
    sentences = []
    for other in others:
        between = difference(per_video[other], per_video[first])["strongest_supporting"].dropna()
        sentences.append(
            f" {model_name(other)}'s strongest supporting {word} adds more than "
            f"{model_name(first)}'s in {int((between > 0).sum())} of {len(between)} videos."
        )
    return "".join(sentences)


def findings(
    models: pd.DataFrame, by_group: dict[str, pd.DataFrame], word: str = "frame"
) -> list[str]:
    """How many elements support, and whether right predictions have stronger support."""
    shares = models_side_by_side(models, "supporting", percent)
    sentences = [f"{word.capitalize()}s of a clip that support its class: {shares}."]
    for model, table in by_group.items():
        strongest = {"measure": "strongest_supporting"}
        differences = rows_of(table, prediction=DIFFERENCE, **strongest)
        remainders = rows_of(table, prediction=LEFT, **strongest)
        sentences += [
            f"{model_name(model)}: the strongest supporting {word}s of clips predicted right "
            f"{_difference(row)}{_remainder(remainders)}{on_trainings(row)}."
            for row in differences
        ]
    return sentences


def _difference(row: Mapping[str, object]) -> str:
    value = written(row, probability)
    if not is_told_apart(row["p_holm"]):
        return f"and wrong are not told apart (difference {value}{doubt(row)})"
    comparative = "larger" if float(str(row["mean"])) > 0 else "smaller"
    return f"have {comparative} ESVs than those of clips predicted wrong, by {value}"


def _remainder(rows: Sequence[Mapping[str, object]]) -> str:
    """What of the difference ESVs do not owe to the higher score."""
    if not rows:
        return ""
    [row] = rows
    left = f"; at equal score − prior the difference is {written(row, probability)}"
    if is_told_apart(row["p_holm"]):
        return left
    return f"{left}, not told apart from 0 ({doubt(row).lstrip(':; ')})"
