"""What the paper asks, our number of each model, and a verdict: read from the parts' own tables.

A verdict is given where an interval leaves chance, 0 or the other's interval out, or, where a table
has them, by p-values corrected for its verdicts; else the answer is that nothing is told apart.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from playfair.analysis.frame_pairs import ACROSS, ROUNDING
from playfair.experiments.paper_answers import (
    APART,
    Answer,
    Tables,
    beside,
    beyond_signs,
    contest,
    more_frames,
    nearness,
    place,
    sides,
    strength,
    sums,
)
from playfair.report.look import decimal, model_name, percent, probability
from playfair.report.sentences import listed
from playfair.result import Result


class Question(NamedTuple):
    """A question, the part that answers it, and how.

    Attributes:
        text: with {word} for what is removed as one.
        section: title of the part.
        answer: (the parts' tables, model) → its answer; None where there is none.
    """

    text: str
    section: str
    answer: Callable[[Tables, str], Answer | None]


def questions(parts: Sequence[Result], models: Sequence[str], word: str = "frame") -> pd.DataFrame:
    """A row for each question that a part answers: question, a column per model, verdict, section."""
    tables = tables_of(parts)
    rows = []
    for question in QUESTIONS:
        given = {model: question.answer(tables, model) for model in models}
        answers = {model: answer for model, answer in given.items() if answer is not None}
        if not answers:
            continue
        numbers = {
            model_name(model): answers[model].number if model in answers else "–"
            for model in models
        }
        rows.append(
            {
                "question": question.text.format(word=word),
                **numbers,
                "verdict": joint(answers, word),
                "section": question.section,
            }
        )
    return pd.DataFrame(rows)


def tables_of(parts: Sequence[Result]) -> dict[tuple[str, str], pd.DataFrame]:
    """(title of a part, name) → table."""
    return {(part.title, name): table for part in parts for name, table in part.tables.items()}


def joint(answers: Mapping[str, Answer], word: str = "frame") -> str:
    """The models' verdicts as one, those of the same verdict together.

    Example:
        >>> joint({"tsn": Answer("", "no"), "trn": Answer("", "yes")})
        'TSN: no; TRN: yes'
        >>> joint({"tsn": Answer("", "yes"), "trn": Answer("", "yes")})
        'Yes'
    """
    by_verdict: dict[str, list[str]] = {}
    for model, answer in answers.items():
        by_verdict.setdefault(answer.verdict.format(word=word), []).append(model_name(model))
    if len(by_verdict) == 1:
        [verdict] = by_verdict
        return f"{verdict[:1].upper()}{verdict[1:]}"
    return "; ".join(f"{listed(names)}: {verdict}" for verdict, names in by_verdict.items())


QUESTIONS = (
    Question(
        "Is the model right?",
        "Accuracy",
        beside(
            "Accuracy",
            "accuracy",
            {"measure": "top1"},
            percent,
            0.5,
            ("more often than not", "less often than not", f"{APART} from half of the clips"),
        ),
    ),
    Question(
        "Does it tell an action from its reverse?",
        "Accuracy",
        beside(
            "Accuracy",
            "accuracy",
            {"measure": "within_pair"},
            percent,
            0.5,
            ("yes", "no, it is worse than guessing", f"no, {APART} from guessing"),
        ),
    ),
    Question("Do ESVs add up to the score minus the prior?", "Element Shapley Values", sums),
    Question(
        "How many {word}s of a clip support its class?",
        "Support",
        beside(
            "Support",
            "support",
            {"measure": "supporting"},
            percent,
            0.5,
            ("more than half", "less than half", f"{APART} from half"),
        ),
    ),
    Question(
        "Are the strongest supporting {word}s stronger where the model is right?",
        "Support",
        strength,
    ),
    Question("Do the {word}s that decide have more credit than others?", "Position", place),
    Question(
        "Do ESVs tell the {word}s that decide better than signs that ask no model?",
        "Position",
        beyond_signs,
    ),
    Question("Does another prior change which {word}s support?", "Prior", sides),
    Question(
        "Do the same {word}s support a class and its reverse?",
        "Classes",
        beside(
            "Classes",
            "against",
            {"measure": "twin_cosine"},
            decimal,
            0.0,
            ("yes", "no, they distract from it", f"{APART}: neither alike nor opposed"),
        ),
    ),
    Question("Is the model surer, the more frames it sees?", "Length", more_frames),
    Question("Is ESV better than other attributions?", "Comparison", contest),
    Question("Do estimates come near exact values?", "Approximation", nearness),
    Question(
        "Do {word}s from both sides of an action's middle work together by their order?",
        "Interactions",
        beside(
            "Interactions",
            "kinds",
            {"measure": "order", "pairs": ACROSS},
            probability,
            0.0,
            ("yes", "no, they hinder each other", "no interaction"),
            room=ROUNDING,
        ),
    ),
)
