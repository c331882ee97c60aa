"""ESV beside its rivals: means with intervals, paired differences, and what they say."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from playfair.analysis.bootstrap import counted, mean_interval
from playfair.analysis.design import design, seeds_column
from playfair.analysis.measures import BEST
from playfair.analysis.ranges import within_range
from playfair.analysis.registry import MEASURES, range_of
from playfair.analysis.trainings import error_of_mean
from playfair.analysis.verdicts import of_one_training, p_values, with_holm
from playfair.analysis.verdicts import verdicts as judged_as

MOST_NAMED = 3  # rivals in a sentence


def contested() -> dict[str, tuple[str, bool]]:
    """What there is to win, plug-ins' too: measure → (what it is called, whether more is better)."""
    return {
        name: (known.title, known.more_is_better)
        for name, known in MEASURES.items()
        if known.contested and known.more_is_better is not None
    }


def means(compared: xr.Dataset) -> pd.DataFrame:
    """Means over videos with 95 % intervals: method, measure, mean, low, high, largest, videos."""
    of_videos = [name for name, values in compared.items() if values.dims == ("method", "video")]
    return _intervals(compared[of_videos], "method")


def curve_means(compared: xr.Dataset) -> pd.DataFrame:
    """Curves, mean over videos with 95 % intervals: method, curve, left, score, low, high."""
    parts = []
    for curve in ("deletion", "insertion"):
        for method in compared["method"].values[1:]:  # the best order has no curves
            values = compared[curve].sel({"method": method})
            parts.append(_curve(values, {"method": method, "curve": curve}))
    return pd.concat(parts, ignore_index=True)


def length_alone(compared: xr.Dataset) -> pd.DataFrame:
    """Deletions in order of ESV, with elements deleted and frozen: left, removal, score, low, high.

    The row "difference" is deleted − frozen on the same videos: what the shorter input does, and
    the weight that copies of a frozen element's neighbour add to it (all of it for TSN, which does
    not see length).
    """
    deleted = compared["deletion"].sel({"method": "esv"})
    frozen = compared["frozen"].sel({"method": "esv"})
    removals = {"deleted": deleted, "frozen": frozen, "difference": deleted - frozen}
    parts = [_curve(values, {"removal": name}) for name, values in removals.items()]
    table = pd.concat(parts, ignore_index=True)
    first = ["left", "removal"]
    return table[[*first, *table.columns.drop(first)]]


def _curve(values: xr.DataArray, names: Mapping[str, str]) -> pd.DataFrame:
    """One curve, mean over videos. values: (video, left), probability."""
    crossing = design(values.to_dataset(name="score"))
    mean, low, high = mean_interval(values.transpose("video", "left").values, crossing)
    columns = {"left": np.arange(len(mean)), "score": mean, "low": low, "high": high}
    return pd.DataFrame({**names, **columns, **seeds_column(crossing)})


def is_sanity(measure: str) -> bool:
    """Whether a measure asks for no game: a method that fails is bad, one that passes may be too."""
    return measure in MEASURES and MEASURES[measure].sanity


def paired_differences(compared: xr.Dataset) -> pd.DataFrame:
    """ESV − rival, video by video and seed by seed, of what there is to win.

    Returns:
        columns rival, measure, difference, low, high, videos, p, p_holm (corrected for all rivals
        and measures but sanity checks, Holm), esv_is: "better" or "worse" where p_holm is below
        0.05, else "not told apart", or "no contest" of a sanity check. Each interval is of one
        comparison. Of several trainings seeds, and alike: those that say the same.
    """
    return differences(compared, {name: more for name, (_, more) in contested().items()})


def differences(compared: xr.Dataset, directions: Mapping[str, bool]) -> pd.DataFrame:
    """`paired_differences` by any measures.

    Args:
        compared: (method, video), ESV among the methods.
        directions: measure → whether more of it is better.
    """
    judged = compared[[measure for measure in directions if measure in compared]]
    is_rival = ~compared["method"].isin(["esv", BEST])
    difference = judged.sel({"method": "esv"}) - judged.sel({"method": is_rival})
    table = _intervals(difference, "method", verdicts=True).drop(columns="largest")
    table = table.rename(columns={"method": "rival", "mean": "difference"})
    # a check that bad methods fail is no contest: it takes no part in the correction
    table["p"] = table["p"].mask(table["measure"].map(is_sanity))
    table = with_holm(table)
    more_is_better = table["measure"].map(directions)
    esv_is = judged_as(table["difference"], table["p_holm"], more_is_better)
    return table.assign(esv_is=np.where(table["measure"].map(is_sanity), "no contest", esv_is))


def _intervals(of_videos: xr.Dataset, by: str, verdicts: bool = False) -> pd.DataFrame:
    """Means over videos: by, measure, mean, low, high, largest, videos; p, where verdicts are."""
    names = [(str(key), str(measure)) for measure in of_videos for key in of_videos[by].values]
    columns = [of_videos[measure].transpose("video", by).values for measure in of_videos]
    values = np.concatenate(columns, axis=1)
    crossing = design(of_videos)
    mean, low, high = mean_interval(values, crossing)
    table = pd.DataFrame(names, columns=[by, "measure"])
    if not verdicts:  # of differences nothing is known
        ranges = {name: range_of(name) for name in table["measure"]}
        low, high = within_range(list(table["measure"]), low, high, ranges)
    table = table.assign(
        mean=mean,
        low=low,
        high=high,
        largest=np.where(np.isfinite(values), values, -np.inf).max(0),
        videos=counted(values, crossing),
        **seeds_column(crossing),
    )
    if verdicts:
        error = error_of_mean(values, crossing)
        table["p"] = p_values(error)
        if crossing.n_seeds > 1:
            table["alike"] = error.alike
    return table[table["videos"] > 0].reset_index(drop=True)


def verdicts(paired: pd.DataFrame, titles: Mapping[str, str]) -> Sequence[str]:
    """A sentence for each measure: whether ESV is better than every rival, and where it is not.

    Of more than MOST_NAMED such rivals those are named that lead by most.
    """
    sentences = []
    for measure, (title, _) in contested().items():
        rows = paired[paired["measure"] == measure]
        if rows.empty:
            continue
        lost = rows[rows["esv_is"] != "better"]
        named = lost
        if len(lost) > MOST_NAMED:
            lead = lost["difference"] if contested()[measure][1] else -lost["difference"]
            named = lost.loc[lead.sort_values().index[:MOST_NAMED]]
        clauses = [_clause(row, titles) for row in named.to_dict("records")]
        others = lost.drop(named.index)["esv_is"]
        if n_worse := int((others == "worse").sum()):
            clauses.append(f"worse than {n_worse} more")
        if n_alike := len(others) - n_worse:
            clauses.append(f"no better than {n_alike} more")
        if len(lost) == 0:
            clauses.append("better than every rival")
        elif len(lost) < len(rows):
            clauses.append("better than all others")
        sentences.append(f"{title}: ESV is {', '.join(clauses)}")
    if "seeds" in paired:
        return sentences
    return [of_one_training(sentence) for sentence in sentences]


def _clause(row: Mapping[str, object], titles: Mapping[str, str]) -> str:
    comparison = "worse" if row["esv_is"] == "worse" else "no better"
    seen = _signed(row["difference"])
    if row["low"] == row["low"]:  # one video has no interval
        seen += f" [{_signed(row['low'])}, {_signed(row['high'])}]"
    return f"{comparison} than {titles[str(row['rival'])]} ({seen})"


def _signed(value: object) -> str:
    """A difference to the third digit; one that is none has neither sign nor digits.

    Example:
        >>> _signed(-0.0123), _signed(-0.0001)
        ('−0.012', '0')
    """
    number = round(float(str(value)), 3)
    return f"{number:+.3f}".replace("-", "−") if number else "0"
