"""What each measure presumes, whose game it is scored in, and which bad attributions it must catch."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from playfair.analysis.comparison import contested, paired_differences
from playfair.analysis.measures import BEST
from playfair.analysis.registry import MEASURES


def presumptions(measured: Sequence[str]) -> pd.DataFrame:
    """A row for each measure that was taken: measure, better, scored_in, presumes, source, catches."""
    better = {True: "more", False: "less", None: "–"}
    rows = [
        {
            "measure": name,
            "better": better[known.more_is_better],
            "scored_in": known.scored_in or "not said",
            "presumes": known.presumes or "not said",
            "source": known.source or "–",
            "catches": ", ".join(known.catches) or "–",
        }
        for name, known in MEASURES.items()
        if name in measured
    ]
    return pd.DataFrame(rows)


def planted_differences(compared: xr.Dataset, planted: Sequence[str]) -> pd.DataFrame:
    """Whether each measure prefers ESV to the bad attributions that it is meant to catch.

    Args:
        compared: of `measures.measured`; ESV and the planted methods among its methods.
        planted: their names.

    Returns:
        measure, planted, esv and bad (means over the videos that count for both), difference (ESV −
        planted), low, high, videos, caught: whether the 95 % interval says that ESV is the better
        one.
    """
    known = [BEST, "esv", *planted]
    among = compared.sel({"method": [name for name in known if name in compared["method"].values]})
    table = paired_differences(among).rename(columns={"rival": "planted"})
    meant = [
        row.planted in MEASURES[row.measure].catches
        for row in table[["measure", "planted"]].itertuples()
    ]
    table = table[np.array(meant, dtype=bool)].reset_index(drop=True)
    pairs = [
        pair_means(among[row.measure], row.planted)
        for row in table[["planted", "measure"]].itertuples()
    ]
    table["esv"] = [esv for esv, _ in pairs]
    table["bad"] = [bad for _, bad in pairs]
    more_is_better = table["measure"].map({name: more for name, (_, more) in contested().items()})
    table["caught"] = np.where(more_is_better, table["low"] > 0, table["high"] < 0)
    first = ["measure", "planted", "esv", "bad", "difference", "low", "high", "caught"]
    rest = [name for name in table if name not in (*first, "esv_is", "p", "p_holm", "alike")]
    return table[[*first, *rest]]


def pair_means(of_videos: xr.DataArray, planted: str) -> tuple[float, float]:
    """Means of ESV and of a planted method, of the videos that count for both: esv − bad is theirs.

    Args:
        of_videos: (method, video).
        planted: the method.
    """
    both = of_videos.sel({"method": ["esv", planted]}).dropna("video")
    esv, bad = both.mean("video").values
    return float(esv), float(bad)


def missed(planted: pd.DataFrame, titles: Mapping[str, str]) -> str:
    """A sentence: how many of the planted attributions were caught, and which were not."""
    rows = planted[~planted["caught"]]
    said = f"{len(planted) - len(rows)} of {len(planted)} planted bad attributions are caught"
    if len(rows) == 0:
        return said
    names = [f"{titles[row.planted]} by {row.measure}" for row in rows.itertuples()]
    return f"{said}; not {', '.join(names)}"
