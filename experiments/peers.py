"""What the table of estimators and their peers says, in numbers and sentences."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from playfair.analysis.peers import cases, geometric_mean
from playfair.report.look import number

CAPTION = (
    "Estimators at equal evaluations, counted here, of one clip's game; the empty coalition costs "
    "none. Error: mean squared error over the mean square of the true values, of the class with the "
    "highest score: other libraries tell one class, ours all (classes). ms: CPU time on one thread "
    "beside the model's passes; next_ms: of a further clip of a loop, which shares what is drawn and "
    "solved; pass_ms: of a pass; exact_ms: of exact values, as explain computes them of the model. "
    "Truth: exact up to 20 elements; above in closed form, of models that average probabilities, or "
    "a long run of 300 times the evaluations (at most 900,000), whose own error is truth_error. "
    "Models are trained on {source}, and explained as any function is, their layers not read. A "
    "note says where exact values are cheaper and better, and what was asked for beyond the budget. "
    "In the figure errors below 10⁻⁸ are drawn there."
)


def metrics_of(table: pd.DataFrame) -> dict[str, float]:
    """Error and time over the best peer's: the geometric mean and the worst case."""
    of_cases = cases(table)
    if of_cases.empty:
        return {}
    return {
        "error_over_best_peer": geometric_mean(of_cases["over_peer"]),
        "error_over_best_peer_worst": float(of_cases["over_peer"].max()),
        "ms_over_best_peer": geometric_mean(of_cases["ms_over_peer"]),
        "next_ms_over_best_peer": geometric_mean(of_cases["next_ms_over_peer"]),
    }


def findings_of(table: pd.DataFrame) -> list[str]:
    """Sentences; what to type, where there was nothing to compare with."""
    of_cases = cases(table)
    sentences = []
    if not of_cases.empty:
        worst = of_cases.loc[of_cases["over_peer"].idxmax()].to_dict()
        n_ahead = int((of_cases["over_peer"] < 1).sum())
        sentences += [
            "Error of the estimator that is chosen by itself over the best peer's at equal "
            f"evaluations: {number(geometric_mean(of_cases['over_peer']))} (geometric mean over "
            f"{n_cases(len(of_cases))}), smaller in {n_ahead}; at worst "
            f"{number(worst['over_peer'])} ({name_of(worst)}: {worst['peer']} errs "
            f"{number(worst['peer_error'])}, {worst['ours']} {number(worst['error'])}).",
            "Its time beside the passes, of all classes, over that peer's of one class: "
            f"{number(geometric_mean(of_cases['ms_over_peer']))} for a first clip, "
            f"{number(geometric_mean(of_cases['next_ms_over_peer']))} for each further one of a loop, "
            "which shares what is drawn (geometric means).",
        ]
        better = of_cases[of_cases["exact_is_better"]].drop_duplicates(
            ["game", "removal", "elements"]
        )
        if len(better):
            names = "; ".join(
                f"{row['game']}, {row['removal']}, {row['elements']} elements "
                f"({number(row['exact_ms'])} ms)"
                for row in better.to_dict("records")
            )
            sentences.append(
                f"Exact values are cheaper than every estimate, and better: {names}. There, "
                "estimates are compared for their error alone."
            )
    waiting = table[table["note"].astype(str).str.startswith("not measured")]
    if len(waiting):
        sentences.append(
            f"{', '.join(waiting['estimator'])} of shapiq were not measured: type make env-peers, "
            "which makes an environment for them, and the same command again."
        )
    return sentences


def name_of(case: Mapping[str, Any]) -> str:
    """A case in words."""
    return (
        f"{case['game']}, {case['removal']}, {case['elements']} elements, {case['budget']} "
        "evaluations"
    )


def n_cases(number_of: int) -> str:
    """1 case, 2 cases."""
    return f"{number_of} {'case' if number_of == 1 else 'cases'}"
