"""What a comparison says: its findings, verdicts and captions."""

from collections.abc import Mapping

import pandas as pd

from playfair.analysis.comparison import is_sanity, verdicts
from playfair.analysis.presumptions import missed
from playfair.analysis.registry import MEASURES, OWN
from playfair.attribution import METHODS
from playfair.report.look import model_name, number
from playfair.report.sentences import on_trainings


def finding(
    model: str,
    differences: pd.DataFrame,
    measures: pd.DataFrame,
    planted: pd.DataFrame | None = None,
) -> str:
    """How often ESV is ahead of a rival on a model, behind, or neither, and how exactly it adds up."""
    titles = {name: method.title for name, method in METHODS.items()}
    games = differences[differences["p_holm"].notna()]
    ahead = int((games["esv_is"] == "better").sum())
    behind = int((games["esv_is"] == "worse").sum())
    ties = len(games) - ahead - behind
    sentence = (
        f"{model_name(model)}: of {len(games)} comparisons with a rival by a measure ESV is ahead in "
        f"{ahead}, behind in {behind}, and not told apart in {ties}"
        f"{on_trainings(differences.iloc[0].drop('alike', errors='ignore'))}{by_game(games)}"
    )
    errors = measures[measures["measure"] == "efficiency_error"].set_index("method")["mean"]
    others = errors.drop("esv")[
        [METHODS[name].unit == "probability" for name in errors.drop("esv").index]
    ]
    if len(others):
        nearest = str(others.idxmin())
        sentence += (
            f". It misses the score minus the prior by {number(errors['esv'])} on average, "
            f"{titles[nearest]} by {number(others[nearest])}"
        )
    if planted is not None and len(planted):
        sentence += f"; {missed(planted, titles)}"
    return f"{sentence}."


def by_game(games: pd.DataFrame) -> str:
    """How often ESV is ahead where it is at home, and how often elsewhere; "" where one is all."""
    at_home = games["measure"].map(lambda name: MEASURES[name].scored_in == OWN)
    if at_home.all() or not at_home.any():
        return ""
    ahead = games["esv_is"] == "better"
    return (
        f"; in the game whose mean its values are it is ahead in {(ahead & at_home).sum()} of "
        f"{at_home.sum()}, in others in {(ahead & ~at_home).sum()} of {(~at_home).sum()}"
    )


def verdicts_table(model: str, differences: pd.DataFrame, measures: pd.DataFrame) -> pd.DataFrame:
    """A row for each measure: whom ESV beats by it, and whom it does not; of several, by how much."""
    titles = {name: method.title for name, method in METHODS.items()}
    games = differences[~differences["measure"].map(is_sanity)]
    rows = []
    for clause in [*verdicts(games, titles), efficiency(measures, titles)]:
        measure, _, said = clause.partition(": ")
        rows.append({"model": model, "by": measure, "verdict": f"{said}."})
    return pd.DataFrame(rows)


def efficiency(measures: pd.DataFrame, titles: Mapping[str, str]) -> str:
    """How exactly attributions that are probabilities add up to score − prior.

    Of many methods those that stand for their families.
    """
    errors = measures[measures["measure"] == "efficiency_error"]
    clauses = [
        f"{titles[row['method']]} {number(row['mean'])} on average, {number(row['largest'])} at most"
        for row in errors.to_dict("records")
        if METHODS[row["method"]].unit == "probability" and METHODS[row["method"]].leading
    ]
    return f"efficiency error: {'; '.join(clauses)}"


def captions(over: str, word: str = "frame") -> dict[str, str]:
    """What the figures and tables show.

    Args:
        over: what intervals take in.
        word: `look.element_word` of the models.
    """
    of_one = "" if "seeds" in over else " On one training: another might say otherwise."
    return {
        "comparison": f"Dots: means over videos; bars: 95 % intervals over {over}. Ranks "
        f"as ESV's: Spearman's ρ over a video's {word}s (Kendall's τ-b in the table), none where "
        f"all {word}s are alike. Evidence mass: share of positive attribution on {word}s inside the "
        "decisive interval; of |attribution|: what is negative counts too. AUROC: of one inside "
        "and one outside the interval, how often the former has more (equal ones: half). Pointing "
        "game: the largest attribution lies inside (of several "
        "largest, the share). Dotted: chance, the uniform attribution. Deletion and insertion "
        f"area: mean score of the true class while {word}s are removed, or come, from most to "
        "least supporting; dashed: the best that any order can do. Efficiency error: |Σ "
        "attribution − (score − prior)|, in the method's own unit, which hollow dots do not share "
        "with the score; Integrated Gradients start from the score of all-zero, or mean, features, "
        "not from the prior, which is nearly all of theirs. Doubled frame: credit of both copies "
        "of the method's top frame over the frame's before; dotted: "
        "kept. In a model that averages over frames a doubled frame does weigh more, and its "
        "credit may grow (total in the table). Left to the table: measures that are the same for "
        "all methods.",
        "curves": f"Score of the true class against the number of {word}s left, mean over videos "
        f"with 95 % intervals over {over} (bands; left out of naive attributions); of more than 8 "
        f"methods one of each family. Without {word}s "
        f"the score is the prior. Deletion: the most supporting {word}s went first; low is good. "
        f"Insertion: the most supporting {word}s came first; high is good. It is the deletion "
        f"curve with the most distracting {word}s first, read from its end. Deletion by ESV: "
        f"with removed {word}s deleted, or frozen: replaced by the nearest kept one, "
        "so that the length stays.",
        "contest": f"Dots: means over videos; bars: 95 % intervals over {over}. What each measure "
        "presumes, and whose game it is scored in, the table presumptions says. Naive methods, "
        "which ask nothing of the model, are grey.",
        "verdicts": "Of each measure: whom ESV is ahead of, and whom it is not, by ESV minus rival with "
        f"its 95 % interval; of many rivals those that lead by most.{of_one}",
        "planted": "Attributions that are bad on purpose: ESVs negated, or shuffled among a "
        "video's frames, and what is blind to the class, or to the model. Each measure beside "
        "those that it is meant to catch; esv, bad: means over the videos that count for both; "
        "caught: the 95 % interval of ESV minus planted says "
        "that ESV is better.",
        "presumptions": "Whose game each measure is scored in, and what must be so for it to mean "
        "what it is taken for. ESV's own game favours ESV and its kin, as their values are means "
        "of its scores.",
        "methods": "needs: what a method needs beyond what the model sees of each frame; models: "
        "of how many it could be asked.",
        "measures": f"Means over videos with 95 % intervals over {over}; largest: of any video; "
        "videos: those that count. A best order has no attributions: its areas bound all others.",
        "differences": "ESV minus rival on the same videos, with 95 % intervals, each of one "
        "comparison; p_holm: corrected for all rivals and measures (Holm). esv_is: better or worse "
        "where p_holm is below 0.05; of one training, on this one. No contest: a sanity check.",
        "duplicates": "Each method's most supporting frame of a video is doubled, the copy right "
        "after it. kept: credit of both copies over the frame's before; larger_share: the larger "
        "copy's part of it; total: credit of all frames after over before. Ratios of means over "
        "videos.",
        "length": f"Mean score of the true class when the most supporting {word}s by ESV are "
        "deleted, and when they are frozen, with 95 % intervals; difference: deleted − frozen, "
        "that is of the shorter input and of the copies' weight, which a frozen one adds to "
        "its neighbour's.",
    }
