"""Tables and metrics of clips that models explain."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from playfair.report.figures.one_clip import ClipView
from playfair.report.look import element_name

ORDERS = {"supporting": "highest ESV first", "distracting": "lowest ESV first"}


def metrics(views: Mapping[str, ClipView]) -> dict[str, float]:
    """How many clips; of a single one each model's highest score; how exactly ESVs add up."""
    numbers = {"clips": float(len(views))}
    seen = [(name, model) for view in views.values() for name, model in view.models.items()]
    if len(views) == 1:
        for name, model in seen:
            label = model.classes[0]
            numbers[f"{name}_highest_score"] = float(model.score[label])
            numbers[f"{name}_prior"] = float(model.prior[label])
    gaps = [np.abs(m.esv.sum(0) - (m.score - m.prior)).max() for _, m in seen]
    return {**numbers, "max_efficiency_gap": float(max(gaps))}


def scores_of(uid: str, view: ClipView) -> pd.DataFrame:
    """Every class's score by each model, the highest first."""
    tables = []
    for name, seen in view.models.items():
        order = np.argsort(-seen.score, kind="stable")
        columns = {
            "clip": uid,
            "model": name,
            "class": [view.class_names[label] for label in order],
            "score": seen.score[order],
            "prior": seen.prior[order],
        }
        tables.append(pd.DataFrame(columns))
    return pd.concat(tables)


def esvs_of(uid: str, view: ClipView) -> pd.DataFrame:
    """ESVs of the classes that are drawn: a row for each element."""
    rows = []
    for name, seen in view.models.items():
        for label in seen.classes:
            for place, held in enumerate(view.frame_index.tolist()):
                row = {
                    "clip": uid,
                    "model": name,
                    "class": view.class_names[label],
                    "frames": element_name(held),
                    "second": float(view.seconds[place]),
                    "esv": float(seen.esv[place, label]),
                }
                if seen.stderr is not None:
                    row["stderr"] = float(seen.stderr[place, label])
                rows.append(row)
    return pd.DataFrame(rows)


def removal_of(uid: str, view: ClipView) -> pd.DataFrame:
    """The winner's score, and what is said instead, with fewer and fewer elements left."""
    rows = []
    for name, seen in view.models.items():
        label = seen.classes[0]
        for order, scores in seen.removed.items():
            for left in range(len(scores) - 1, -1, -1):
                rows.append(
                    {
                        "clip": uid,
                        "model": name,
                        "removed first": ORDERS[order],
                        "left": left,
                        "class": view.class_names[label],
                        "score": float(scores[left, label]),
                        "says": view.class_names[int(scores[left].argmax())],
                    }
                )
    return pd.DataFrame(rows)
