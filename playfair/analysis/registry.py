"""The measures of the comparison, and how one is added.

A measure is one function and one decorator. Once it is registered, it appears in the comparison's
tables and dots; where it says what is better, in its differences, findings and metrics.json too:

    from playfair.analysis.registry import Judged, measure

    @measure("top", title="score of the top frame", unit="probability", more_is_better=True)
    def top(judged: Judged) -> np.ndarray:
        video = np.arange(len(judged.order))
        return judged.scores[video, 1 << judged.order[:, 0]]
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from playfair.analysis.ranges import ANYWHERE, Range


class Judged(NamedTuple):
    """What one method makes of some videos, and what it may be judged by.

    Attributes:
        attribution: (video, element), in the method's unit.
        order: (video, place), the elements from most supporting to most distracting; ties fall at
            random.
        scores: (video, subset), of the class in question, for all coalitions by the bits of their
            elements: probability.
        inside: (video, element) bool, which are known to decide; None where it is not known.
        right: (video, subset) bool, whether the class in question scores highest, of the same
            coalitions; None where only its own scores are at hand.
        values: (video, element), the true attributions, where the dataset knows them.
        again: what the method says where something else is asked, by a word of CHANGES: (video,
            element); None where that cannot be asked.
        esv: (video, element), ESVs of the same videos; None where they are not at hand.
        frozen, frozen_insertion: (video, left), the method's deletion and insertion curves with
            removed elements frozen; None where they were not made.
    """

    attribution: np.ndarray
    order: np.ndarray
    scores: np.ndarray
    inside: np.ndarray | None
    right: np.ndarray | None = None
    values: np.ndarray | None = None
    again: Callable[[str], Any] = lambda change: None
    esv: np.ndarray | None = None
    frozen: np.ndarray | None = None
    frozen_insertion: np.ndarray | None = None


# What may be asked anew of a method, beside what was.
CHANGES = {
    "noise": "the same of units with noise of a tenth of their standard deviation",
    "class": "another class, drawn for each video",
    "layers": "the same of the model with its layers drawn anew, from the last one on: a mapping "
    "from the layers' names to (video, element), the last with all of them",
    "labels": "the same of a head that has learnt labels which were shuffled; trains one",
    "retrained": "whether heads that have learnt clips without the top elements are right about "
    "such clips: (video, share) bool; trains one for each share",
}


# `scored_in` of measures whose game is the one that ESVs are means of.
OWN = "the removal that ESVs are computed with"


class UnknownMeasure(ValueError):
    """A measure is named that nothing registered.

    Attributes:
        names: those.
        known: those that there are.
    """

    def __init__(self, names: Sequence[str], known: Sequence[str]) -> None:
        super().__init__(names, known)
        self.names = names
        self.known = known

    def __str__(self) -> str:
        return (
            f"There is no measure {', '.join(self.names)} to choose; there are "
            f"{', '.join(self.known)}."
        )


class Measure(NamedTuple):
    """How a measure is taken and drawn.

    Attributes:
        of: (video,), of what is judged; NaN where a video does not count.
        title: its name in figures and sentences.
        unit: of its values, as the figure's axis says it.
        more_is_better: whether the method with more of it, or with less, is the better one; None
            where it is no contest.
        within: between which numbers its means lie, where intervals of them end too.
        scored_in: whose game it is scored in, in a few words.
        presumes: what must be so for it to mean what it is taken for.
        source: who proposed it.
        catches: the planted attributions that it is meant to catch.
        default: whether it is taken where no measures are named.
        always: whether it is taken whatever measures are named.
        contested: whether the better method by it counts as one; not where it is an axiom of ESV's.
        sanity: whether it is a check that bad methods fail and that no rival wins: what ignores its
            input, or its model, is best at some.
    """

    of: Callable[[Judged], Any]
    title: str
    unit: str
    more_is_better: bool | None = None
    within: Range = ANYWHERE
    scored_in: str = ""
    presumes: str = ""
    source: str = ""
    catches: tuple[str, ...] = ()
    default: bool = True
    always: bool = False
    contested: bool = True
    sanity: bool = False


# Filled by importing `playfair.analysis.contest`, and plug-ins; in order of registration.
MEASURES: dict[str, Measure] = {}


def measure(
    name: str, *, title: str, unit: str, more_is_better: bool | None = None, **about: Any
) -> Callable[[Callable[[Judged], Any]], Callable[[Judged], Any]]:
    """Registers the decorated function as a measure of the comparison.

    Args:
        name: of its rows in tables, and in `experiment.measures`.
        title, unit, more_is_better: as of `Measure`.
        **about: within, scored_in, presumes, source, catches, default, always, contested and sanity,
            as of `Measure`.

    Raises:
        ValueError: another one has that name.
    """

    def register(function: Callable[[Judged], Any]) -> Callable[[Judged], Any]:
        known = MEASURES.get(name)
        # what is registered again, as by a cell that is run twice, is of the same name in the same place
        if known is not None and origin(known.of) != origin(function):
            raise ValueError(f"there is a measure {name!r} already; choose another name")
        MEASURES[name] = Measure(function, title, unit, more_is_better, **about)
        return function

    return register


def origin(function: Callable[[Judged], Any]) -> tuple[str, str]:
    """Where a measure is written."""
    return function.__module__, function.__qualname__


def range_of(row: str) -> Range:
    """Between which numbers means of a table's row lie: of `name_key` as of the measure `name`."""
    names = [name for name in MEASURES if f"{row}_".startswith(f"{name}_")]
    return MEASURES[max(names, key=len)].within if names else ANYWHERE


def chosen_measures(names: Sequence[str] | None) -> list[str]:
    """The measures to take: those that are named, or all that need not be asked for.

    Those that are always taken come first.

    Raises:
        UnknownMeasure: there is none of that name.
    """
    if names is None:
        return [name for name, known in MEASURES.items() if known.default]
    if unknown := [name for name in names if name not in MEASURES]:
        raise UnknownMeasure(unknown, list(MEASURES))
    always = [name for name, known in MEASURES.items() if known.always]
    return list(dict.fromkeys([*always, *names]))


def added(
    judged: Judged, taken: set[str], names: Sequence[str] | None = None
) -> dict[str, np.ndarray]:
    """All measures to take of what is judged, each (video,).

    A measure that answers None is left out; one that answers with a mapping has a row for each of
    its keys, `name` for the empty one and `name_key` for others.

    Args:
        judged: of one method.
        taken: names that others have.
        names: which measures, beside those that are always taken; None: those that need not be
            asked for.

    Raises:
        ValueError: a measure has a name of `taken`, or answers with another shape.
    """
    values: dict[str, np.ndarray] = {}
    for name in chosen_measures(names):
        if name in taken:
            raise ValueError(f"there is a measure {name!r} already; choose another name")
        answer = MEASURES[name].of(judged)
        if answer is None:
            continue
        parts = answer if isinstance(answer, Mapping) else {"": answer}
        for key, part in parts.items():
            row = f"{name}_{key}" if key else name
            values[row] = of_videos(name, part, len(judged.attribution))
    return values


def of_videos(name: str, answer: object, n_videos: int) -> np.ndarray:
    """A measure's answer, if it is one number for each video; ValueError if it is not."""
    values = np.asarray(answer)
    if values.shape != (n_videos,):
        raise ValueError(
            f"measure {name!r} must return (video,) = ({n_videos},), and returned {values.shape}"
        )
    return values
