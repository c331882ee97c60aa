"""The three sentences that a report of the whole paper begins with: how right, which frames, what order.

Each is of all models, from the parts' own tables, and says what is not told apart.
"""

from collections.abc import Sequence

from playfair.analysis.frame_pairs import ACROSS, ROUNDING
from playfair.experiments.paper_answers import APART, Row, Tables, first_row, side
from playfair.experiments.questions import tables_of
from playfair.report.look import model_name, one, percent, probability
from playfair.report.sentences import listed, on_trainings, written
from playfair.result import Result


def leading(parts: Sequence[Result], models: Sequence[str], word: str = "frame") -> list[str]:
    """Up to three sentences; fewer while parts are still to come."""
    tables = tables_of(parts)
    best_first = list(reversed(models))
    sentences = (
        _accuracy(tables, best_first),
        _place(tables, best_first, word),
        _order(tables, best_first, word),
    )
    return [sentence for sentence in sentences if sentence]


def _rows(
    tables: Tables, models: Sequence[str], section: str, name: str, **where: object
) -> dict[str, Row]:
    """The models that have such a row, with it."""
    rows = {model: first_row(tables, section, name, model=model, **where) for model in models}
    return {model: row for model, row in rows.items() if row is not None}


def _accuracy(tables: Tables, models: Sequence[str]) -> str:
    """How often each model is right, and whether it knows the direction of an action."""
    right = _rows(tables, models, "Accuracy", "accuracy", measure="top1")
    if not right:
        return ""
    shares = [
        f"{model_name(model)} {'is right ' if not i else ''}on {written(row, percent)}"
        f"{' of the clips' if not i else ''}"
        for i, (model, row) in enumerate(right.items())
    ]
    known = _rows(tables, models, "Accuracy", "accuracy", measure="within_pair")
    directions = [
        f"{model_name(model)} {'' if i else 'knows which way an action goes '}in "
        f"{written(row, percent)}{'' if i else ' of those that are right but for the direction'}"
        f"{side(row, 0.5, '', ', which is worse than guessing', f', {APART} from guessing')}"
        for i, (model, row) in enumerate(known.items())
    ]
    clauses = [", ".join(shares), *([", ".join(directions)] if directions else [])]
    return f"{'; '.join(clauses)}{on_trainings(next(iter(right.values())))}."


def _place(tables: Tables, models: Sequence[str], word: str) -> str:
    """What the decisive elements add; where none are known, how often the middle has the strongest."""
    difference = _rows(tables, models, "Position", "evidence", measure="difference")
    clauses: list[str] = []
    for model, row in difference.items():
        inside = first_row(tables, "Position", "evidence", model=model, measure="inside")
        outside = first_row(tables, "Position", "evidence", model=model, measure="outside")
        if inside is not None and outside is not None:
            first = not clauses
            apart = side(row, 0.0, "", "", f", {APART} (the interval of the difference holds 0)")
            clauses.append(
                f"{'adds ' if first else ''}{written(inside, probability)} to "
                f"{model_name(model)}'s {'score of the true class' if first else 'score'} and any "
                f"other {written(outside, probability)}{apart}"
            )
    if clauses:
        return f"{one(word).capitalize()} of the decisive interval {'; '.join(clauses)}."
    middle = _rows(tables, models, "Position", "extremes", measure="supporting_middle")
    for model, row in middle.items():
        chance = float(row["chance"])
        apart = side(row, chance, "", "", f", {APART} from chance")
        clauses.append(
            f"{model_name(model)} in {written(row, percent)}, by chance in {percent(chance)}{apart}"
        )
    if not clauses:
        return ""
    return (
        f"The {word} that supports the class most is neither the clip's first nor its last: "
        f"{'; '.join(clauses)}."
    )


def _order(tables: Tables, models: Sequence[str], word: str) -> str:
    """Whether pairs across the middle of an action work together by their order."""
    across = _rows(tables, models, "Interactions", "kinds", measure="order", pairs=ACROSS)
    if not across:
        return ""
    effects = [
        f"{side(row, 0.0, 'work together', 'hinder each other', 'show no interaction told apart from 0', ROUNDING)} "
        f"for {model_name(model)} ({written(row, probability)})"
        for model, row in across.items()
    ]
    return (
        f"{one(word).capitalize()} before and one after an action's middle, by the order in which "
        f"they are shown, {listed(effects)}."
    )
