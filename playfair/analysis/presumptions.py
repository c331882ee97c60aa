"""What each measure presumes, whose game it is scored in, and which bad attributions it must catch."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from playfair.analysis.comparison import contested, paired_differences
from playfair.analysis.measures import BEST
from playfair.analysis.registry import MEASURES


class Presumption(NamedTuple):
    """As of `registry.Measure`."""

    scored_in: str
    presumes: str
    source: str
    catches: tuple[str, ...] = ()


OWN = "the removal that ESVs are computed with"
FROZEN = "removed frames frozen: another game than ESV's"
TRUTH = "no game: where the dataset says the action is"
CAUGHT = ("negated", "shuffled")

# of the measures that `measures.measured` takes itself
BUILT_IN = {
    "spearman": Presumption("no game: ESV's ranks", "nothing is better; a description", "–"),
    "kendall": Presumption("no game: ESV's ranks", "nothing is better; a description", "–"),
    "evidence_mass": Presumption(
        TRUTH, "what decides for a person decides for the model", "Wang et al. 2020", CAUGHT
    ),
    "evidence_absolute_mass": Presumption(
        TRUTH, "what decides for a person decides for the model", "–", ("shuffled",)
    ),
    "evidence_auroc": Presumption(
        TRUTH, "what decides for a person decides for the model", "Hanley & McNeil 1982", CAUGHT
    ),
    "pointing": Presumption(
        TRUTH, "what decides for a person decides for the model", "Zhang et al. 2016", CAUGHT
    ),
    "deletion_area": Presumption(
        OWN, "a shorter clip is one that the model could have met", "Petsiuk et al. 2018", CAUGHT
    ),
    "insertion_area": Presumption(
        OWN, "a shorter clip is one that the model could have met", "Petsiuk et al. 2018", CAUGHT
    ),
    "deletion_area_frozen": Presumption(
        FROZEN, "a frozen clip is one that the model could have met", "Petsiuk et al. 2018", CAUGHT
    ),
    "insertion_area_frozen": Presumption(
        FROZEN, "a frozen clip is one that the model could have met", "Petsiuk et al. 2018", CAUGHT
    ),
    "efficiency_error": Presumption(
        OWN, "attributions are parts of score − prior: an axiom of ESV's", "Shapley 1953"
    ),
}


def presumption(measure: str) -> Presumption:
    """Of any measure; nothing of one that nobody has said anything of."""
    if measure in BUILT_IN:
        return BUILT_IN[measure]
    if measure not in MEASURES:
        return Presumption("", "", "")
    known = MEASURES[measure]
    return Presumption(known.scored_in, known.presumes, known.source, known.catches)


def presumptions(measured: Sequence[str]) -> pd.DataFrame:
    """A row for each measure that was taken: measure, better, scored_in, presumes, source, catches."""
    rows = []
    directions = contested()
    for measure in (*BUILT_IN, *MEASURES):
        if measure not in measured:
            continue
        said = presumption(measure)
        better = {True: "more", False: "less", None: "–"}
        more = directions[measure][1] if measure in directions else None
        if measure == "efficiency_error":
            more = False
        rows.append(
            {
                "measure": measure,
                "better": better[more],
                "scored_in": said.scored_in or "not said",
                "presumes": said.presumes or "not said",
                "source": said.source or "–",
                "catches": ", ".join(said.catches) or "–",
            }
        )
    return pd.DataFrame(rows)


def planted_differences(compared: xr.Dataset, planted: Sequence[str]) -> pd.DataFrame:
    """Whether each measure prefers ESV to the bad attributions that it is meant to catch.

    Args:
        compared: of `measures.measured`; ESV and the planted methods among its methods.
        planted: their names.

    Returns:
        measure, planted, esv and bad (means), difference (ESV − planted), low, high, videos,
        caught: whether the 95 % interval says that ESV is the better one.
    """
    known = [BEST, "esv", *planted]
    among = compared.sel({"method": [name for name in known if name in compared["method"].values]})
    table = paired_differences(among).rename(columns={"rival": "planted"})
    meant = [
        row.planted in presumption(row.measure).catches
        for row in table[["measure", "planted"]].itertuples()
    ]
    table = table[np.array(meant, dtype=bool)].reset_index(drop=True)
    means = {
        (name, measure): float(among[measure].sel({"method": name}).mean())
        for measure in table["measure"].unique()
        for name in ("esv", *planted)
    }
    table["esv"] = [means["esv", measure] for measure in table["measure"]]
    table["bad"] = [
        means[row.planted, row.measure] for row in table[["planted", "measure"]].itertuples()
    ]
    more_is_better = table["measure"].map({name: more for name, (_, more) in contested().items()})
    table["caught"] = np.where(more_is_better, table["low"] > 0, table["high"] < 0)
    first = ["measure", "planted", "esv", "bad", "difference", "low", "high", "caught"]
    rest = [name for name in table if name not in (*first, "esv_is", "p", "p_holm", "alike")]
    return table[[*first, *rest]]


def missed(planted: pd.DataFrame, titles: Mapping[str, str]) -> str:
    """A sentence: how many of the planted attributions were caught, and which were not."""
    rows = planted[~planted["caught"]]
    said = f"{len(planted) - len(rows)} of {len(planted)} planted bad attributions are caught"
    if len(rows) == 0:
        return said
    names = [f"{titles[row.planted]} by {row.measure}" for row in rows.itertuples()]
    return f"{said}; not {', '.join(names)}"
