"""What a plan says: hours, disk and memory as they are read, and the accuracy to expect."""

import numpy as np
import pandas as pd

from playfair.analysis.plan import Machine
from playfair.report.look import model_name, percent
from playfair.report.sentences import listed
from playfair.steps.study import Study

README = "mmaction2's README, ResNet-50, 8 frames, one crop"
# What others measured, by dataset and model: top-1, top-5, where that is said.
PUBLISHED = {
    ("something_something_v2", "tsn"): (0.355, 0.671, README),
    ("something_something_v2", "trn"): (0.477, 0.763, README),
    ("something_something_v2", "trn_resnet50"): (0.477, 0.763, README),
}


def expectation(study: Study) -> dict[str, object]:
    """The accuracy that others measured; of none, that it is not known."""
    top1, top5, source = PUBLISHED.get(
        (study.dataset.name, study.name),
        (
            study.model.get("published_top1") or np.nan,
            np.nan,
            "its authors" if study.model.get("published_top1") else "none known",
        ),
    )
    return {"model": study.name, "top1": top1, "top5": top5, "source": source}


def findings(table: pd.DataFrame, expected: pd.DataFrame, study: Study) -> list[str]:
    """How long, how much, and how good."""
    hours = float(table["hours"].sum())
    longest = table.loc[table["hours"].idxmax()]
    where = f"{longest['stage']} of {model_name(longest['model'])}"
    if longest["model"] == "all":
        where = "decoding all clips once"
    sentences = [
        f"All of it takes about {in_hours(hours)} here, of which {where} "
        f"{in_hours(longest['hours'])}; it leaves {in_bytes(float(table['disk_gb'].sum()))} on the "
        f"disk and holds up to {in_bytes(float(table['memory_gb'].max()))} in memory."
        if hours
        else "All of it is made already."
    ]
    known = expected.dropna(subset=["top1"])
    for row in known.to_dict("records"):
        among = ""
        if np.isfinite(row["top5"]):
            among = f", {percent(row['top5'])} among its five highest"
        sentences.append(
            f"Expect {model_name(row['model'])} to be right on {percent(row['top1'])} of the "
            f"clips{among} ({row['source']})."
        )
    unknown = [model_name(name) for name in expected["model"] if name not in set(known["model"])]
    if unknown:
        prior = float(study.dataset.opened.prior().max())
        sentences.append(
            f"No published accuracy of {listed(unknown)} on {study.dataset.name} is known; always "
            f"saying the commonest class is right on {percent(prior)}."
        )
    return sentences


def headline(table: pd.DataFrame) -> pd.DataFrame:
    """The stages as they are read, and their sum."""
    rows = [
        {
            "stage": row["stage"],
            "model": "all" if row["model"] == "all" else model_name(row["model"]),
            "time": "made" if row["made"] else in_hours(row["hours"]),
            "disk": in_bytes(row["disk_gb"]),
            "memory": in_bytes(row["memory_gb"]),
        }
        for row in table.to_dict("records")
    ]
    rows.append(
        {
            "stage": "all",
            "model": "",
            "time": in_hours(float(table["hours"].sum())),
            "disk": in_bytes(float(table["disk_gb"].sum())),
            "memory": in_bytes(float(table["memory_gb"].max())),
        }
    )
    return pd.DataFrame(rows)


def in_hours(hours: float) -> str:
    """A time as it is read.

    >>> in_hours(30.26), in_hours(0.5), in_hours(0.005), in_hours(100.4)
    ('30.3 h', '30 min', '18 s', '4.2 days')
    """
    if hours >= 72:
        return f"{hours / 24:.1f} days"
    if hours >= 1:
        return f"{hours:.1f} h"
    if hours >= 1 / 60:
        return f"{60 * hours:.0f} min"
    return f"{3600 * hours:.0f} s"


def in_bytes(gigabytes: float) -> str:
    """Bytes as they are read.

    >>> in_bytes(12.34), in_bytes(0.0134), in_bytes(2e-5)
    ('12.3 GB', '13 MB', '< 1 MB')
    """
    if gigabytes >= 1:
        return f"{gigabytes:.1f} GB"
    return "< 1 MB" if gigabytes < 1e-3 else f"{1e3 * gigabytes:.0f} MB"


def ranks_said(machine: Machine) -> str:
    kind = "GPU" if machine.on_gpu else "CPU process"
    several = {"GPU": "GPUs", "CPU process": "CPU processes"}[kind]
    return f"1 {kind}" if machine.ranks == 1 else f"{machine.ranks} {several}"
