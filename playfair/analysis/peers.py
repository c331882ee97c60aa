"""From the table of estimators and their peers to what is ahead, by how much, and where exact is."""

import numpy as np
import pandas as pd

OURS = "playfair"
CHOSEN = "chosen by itself"
CASE = ["game", "removal", "elements", "budget"]
# errors below it are those of float32, and count as it
LEAST = 1e-9


def cases(table: pd.DataFrame) -> pd.DataFrame:
    """Ours beside the best of the others, in each case.

    Args:
        table: of `benchmark.peers.measure.measure_peers`.

    Returns:
        A row per case of both: CASE; ours (what was taken), error, peer, peer_error, over_peer
        (error over peer_error); ms and peer_ms (beside the passes: ours of all classes, the peer's
        of one), ms_over_peer; next_ms (ours of a further clip), next_ms_over_peer; exact_ms,
        exact_is_better (than every estimate, in less time).
    """
    measured = table.dropna(subset=["error"])
    rows = []
    for case, of_case in measured.groupby(CASE, sort=False):
        mine = of_case[(of_case["library"] == OURS) & (of_case["estimator"] == CHOSEN)]
        others = of_case[of_case["library"] != OURS]
        if mine.empty or others.empty:
            continue
        own = mine.iloc[0]
        best = others.loc[others["error"].idxmin()]
        total = of_case["ms"] + of_case["pass_ms"] * of_case["evaluations"]
        rows.append(
            {
                **dict(zip(CASE, case, strict=True)),
                "ours": str(own["note"]).removeprefix("took ").split(";")[0],
                "error": own["error"],
                "peer": f"{best['library']} {best['estimator']}",
                "peer_error": best["error"],
                "over_peer": max(own["error"], LEAST) / max(best["error"], LEAST),
                "ms": own["ms"],
                "peer_ms": best["ms"],
                "ms_over_peer": own["ms"] / best["ms"],
                "next_ms": own["next_ms"],
                "next_ms_over_peer": own["next_ms"] / best["ms"],
                "exact_ms": own["exact_ms"],
                "exact_is_better": bool(own["exact_ms"] <= total.min()),
            }
        )
    return pd.DataFrame(rows)


def geometric_mean(ratios: pd.Series) -> float:
    """Of ratios, NaN of none.

    Example:
        >>> geometric_mean(pd.Series([0.5, 2.0]))
        1.0
    """
    return float(np.exp(np.log(ratios.astype(float)).mean()))
