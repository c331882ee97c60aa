"""What happens in a clip, moment by moment: the latent half of the generative model.

A clip has eight moments. An *event* of a class shows the class's first token in its first half and
the second token in its second half; the class's twin shows the same two the other way round, so
that only their order tells the two apart. A clip of class c has

- a main event of c, of 3 to 6 moments, anywhere, and it may begin before the clip or end after it:
  every moment, the first and the last too, is as often part of one. How long it is depends on the
  pair of twins: long events speak for the one, short events for the other. The middle of an odd
  event belongs to either half with probability 1/2;
- in 50 % of clips a second event of 2 moments, anywhere beside the main one: one time in three of c
  again (redundant evidence), else of another class (a true distractor).

At all other moments nothing happens. What a moment *shows* is drawn for each moment alone, given
what happens then: see SHOWN.
"""

from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MOMENTS = 8
CLASS_NAMES = ("Dusk before dawn", "Dawn before dusk", "Ebb before flood", "Flood before ebb")
TWINS = (1, 0, 3, 2)
TOKENS = ((0, 1), (1, 0), (2, 3), (3, 2))  # of each class: of its first half, of its second half
N_TOKENS = 4
SILENCE = N_TOKENS  # what a moment shows that shows no token
NOTHING = N_TOKENS  # the state of a moment in which nothing happens; else it is a token's number

# length of the main event → probability, by pair of twins
LENGTHS = (
    {3: 0.1, 4: 0.2, 5: 0.3, 6: 0.4},
    {3: 0.4, 4: 0.3, 5: 0.2, 6: 0.1},
)
SECOND = 0.5  # probability of a second event
SECOND_MOMENTS = 2
AGAIN = 1 / 3  # probability that a second event is of the clip's own class

# state → what is shown: tokens 0 to 3 or silence
IN_TOKEN = 0.68
IN_SILENCE = 0.23
STRAY = 0.03  # of each token that is not the state's own, in an event and beside one


class Happening(NamedTuple):
    """What happens in one clip.

    Attributes:
        states: (moment,), the token whose half of an event it is, or NOTHING.
        start, stop: the main event, [start, stop) in moments.
    """

    states: tuple[int, ...]
    start: int
    stop: int


def shown() -> NDArray[np.float64]:
    """The probability of each look, given what happens: (state, look).

    Looks are the four tokens, and silence.

    Example:
        >>> shown().sum(1).round(12).tolist()
        [1.0, 1.0, 1.0, 1.0, 1.0]
    """
    table = np.full((N_TOKENS + 1, N_TOKENS + 1), STRAY)
    for token in range(N_TOKENS):
        table[token, token] = IN_TOKEN
        table[token, SILENCE] = IN_SILENCE
    table[NOTHING, SILENCE] = 1 - N_TOKENS * STRAY
    return table


def happenings(label: int) -> Iterator[tuple[float, Happening]]:
    """All that may happen in a clip of a class, with its probability.

    Args:
        label: the class's index.

    Example:
        >>> round(sum(probability for probability, _ in happenings(0)), 12)
        1.0
    """
    for length, of_length in LENGTHS[label // 2].items():
        # a clip may begin and end in the midst of it: so every moment is as often a part of it
        starts = range(1 - length, MOMENTS)
        splits = sorted({length // 2, length - length // 2})
        for start in starts:
            for split in splits:
                probability = of_length / len(starts) / len(splits)
                interval = (max(start, 0), min(start + length, MOMENTS))
                main = _event([NOTHING] * MOMENTS, label, start, length, split)
                free = _free_starts(start, start + length)
                # where there is no place for two moments more, there is no second event
                of_one = 1 - SECOND if free else 1.0
                yield probability * of_one, Happening(tuple(main), *interval)
                for second in range(len(CLASS_NAMES)):
                    of_class = AGAIN if second == label else (1 - AGAIN) / (len(CLASS_NAMES) - 1)
                    for place in free:
                        both = _event(main, second, place, SECOND_MOMENTS, SECOND_MOMENTS // 2)
                        weight = probability * SECOND * of_class / len(free)
                        yield weight, Happening(tuple(both), *interval)


def _event(states: list[int], label: int, start: int, length: int, split: int) -> list[int]:
    """The states with an event of a class from `start` on, as far as the clip shows it."""
    first, second = TOKENS[label]
    changed = list(states)
    for moment in range(max(start, 0), min(start + length, MOMENTS)):
        changed[moment] = first if moment < start + split else second
    return changed


def _free_starts(start: int, stop: int) -> list[int]:
    """Where a second event may begin beside the main one."""
    return [
        place
        for place in range(MOMENTS - SECOND_MOMENTS + 1)
        if place + SECOND_MOMENTS <= start or place >= stop
    ]


class Paths(NamedTuple):
    """All sequences of states that any class may have, and how likely each class makes them.

    Attributes:
        states: (path, moment).
        given_class: (path, class), the probability of the path in a clip of the class.
    """

    states: NDArray[np.int64]
    given_class: NDArray[np.float64]


@cache
def paths() -> Paths:
    """The sum over all that may happen, with what looks the same added up."""
    weights: dict[tuple[int, ...], NDArray[np.float64]] = defaultdict(
        lambda: np.zeros(len(CLASS_NAMES))
    )
    for label in range(len(CLASS_NAMES)):
        for probability, happening in happenings(label):
            weights[happening.states][label] += probability
    return Paths(np.array(list(weights)), np.array(list(weights.values())))


def draw_happening(label: int, rng: np.random.Generator) -> Happening:
    """What happens in a clip of a class.

    Example:
        >>> draw_happening(0, np.random.default_rng(0)).stop
        2
    """
    probabilities, cases = _cases(label)
    return cases[int(rng.choice(len(cases), p=probabilities))]


@cache
def _cases(label: int) -> tuple[NDArray[np.float64], tuple[Happening, ...]]:
    probabilities, cases = zip(*happenings(label), strict=True)
    return np.array(probabilities) / sum(probabilities), cases
