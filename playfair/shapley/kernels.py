"""Which surrogates are tried for a game: a kernel of coalitions, and what is left without penalty.

Each kernel is a covariance: how alike a model's answers to two coalitions are taken to be. Their
numbers were fitted by marginal likelihood to recurrent, relational and attention models that were
trained on videos of 12 frames; of a video the surrogate is taken whose leave-one-out error is the
least, so that a kernel that does not suit it costs nothing but time.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from playfair.shapley.likeness import (
    Likeness,
    Part,
    members,
    neighbours_before,
    neighbours_within,
    places_from_end,
    places_from_start,
    shown_at_places,
)
from playfair.shapley.removal import seen

Trend = Callable[[Bool[Tensor, "coalition element"]], Float[Tensor, "coalition effect"]]


def near(alike: Tensor, steepness: float) -> Tensor:
    """exp(steepness (alike - 1)), less what it is where nothing is alike.

    A constant more changes nothing, as a constant is left without penalty; without it the numbers
    are smaller, and their sums keep more digits.
    """
    return torch.exp(steepness * (alike - 1)) - torch.exp(torch.tensor(-steepness)).item()


def far(apart: Tensor, steepness: float) -> Tensor:
    """exp(-steepness apart)."""
    return torch.exp(-steepness * apart)


class Kernel(NamedTuple):
    """A sum of parts, each of which counts places of one kind.

    Attributes:
        parts: what is summed.
    """

    parts: tuple[Part, ...]

    def __call__(self, x: Likeness) -> Float[Tensor, "coalition other"]:
        """Of some coalitions with others."""
        total = x.told(self.parts[0])
        for part in self.parts[1:]:
            total += x.told(part)
        return total


def recurrent_masks(x: Likeness) -> Tensor:
    """Elements, and means over them."""
    of_size = x.same_size * (25 + 74 * far(x.apart, 0.3))
    return 25 * near(x.cosine, 0.8) + of_size + 4.5 * x.averaged


def smooth_masks(x: Likeness) -> Tensor:
    """A little of the masks."""
    return 200 * near(x.cosine, 0.1)


def smooth_places(x: Likeness) -> Tensor:
    """What combinations of places make."""
    return 3250 * near(x.shown, 0.1) + 60 * x.shown


FOLLOWING = Part(neighbours_before, lambda x: 36 * near(x.neighbours, 0.3) + 10 * x.neighbours)
FROM_START = Part(places_from_start, lambda x: x.from_start)
FROM_END = Part(places_from_end, lambda x: 39 * near(x.from_end, 0.1))
SHARE = 0.3


def shared_out(part: Part) -> Part:
    """SHARE times a part."""
    return Part(part.codes, lambda x: SHARE * part.function(x))


# The last elements count most, and which follow each other.
recurrent = Kernel((Part(members, recurrent_masks), FOLLOWING, FROM_START, FROM_END))
# Each element counts by its place, and pairs of them do.
relational = Kernel(
    (
        Part(
            members,
            lambda x: (
                8 * near(x.cosine, 0.9)
                + x.same_size * (36 + 300 * far(x.apart, 0.05))
                + 19 * x.pairs
                + 4.6 * x.averaged
            ),
        ),
        Part(places_from_start, lambda x: 335 * near(x.from_start, 0.05)),
        Part(places_from_end, lambda x: 12 * near(x.from_end, 0.2)),
    )
)
# Means over elements, of which neighbours count together.
attentive = Kernel(
    (
        Part(members, lambda x: x.same_size * (4 + 42 * far(x.apart, 0.2)) + 9.5 * x.averaged),
        Part(neighbours_before, lambda x: 530 * near(x.neighbours, 0.1) + 18 * x.neighbours),
        Part(places_from_start, lambda x: 7 * x.from_start),
    )
)
# Means over elements, and over neighbours.
of_averages = Kernel(
    (
        Part(members, lambda x: x.same_size * (0.01 + 0.01 * far(x.apart, 0.5)) + 3 * x.averaged),
        Part(neighbours_within, lambda x: 3 * x.averaged_neighbours),
        Part(neighbours_before, lambda x: 0.1 * near(x.neighbours, 1.0)),
    )
)
# Something of each.
mixed = Kernel(
    (
        Part(
            members,
            lambda x: (
                25 * near(x.cosine, 0.3)
                + x.same_size * (15 + 50 * far(x.apart, 0.15))
                + 5 * x.averaged
            ),
        ),
        Part(neighbours_before, lambda x: 100 * near(x.neighbours, 0.15) + 10 * x.neighbours),
        Part(places_from_start, lambda x: 3 * x.from_start),
        Part(places_from_end, lambda x: 3 * x.from_end),
    )
)
# Elements of no order, alone and in pairs.
of_members = Kernel(
    (
        Part(
            members,
            lambda x: (
                25 * near(x.cosine, 0.8)
                + x.same_size * (25 + 74 * far(x.apart, 0.3))
                + 19 * x.pairs
                + 5 * x.averaged
            ),
        ),
    )
)
# Which element is at each place, and a little of the masks.
of_what_is_shown = Kernel(
    (
        Part(members, lambda x: 3.4 * near(x.cosine, 0.2)),
        Part(shown_at_places, lambda x: 75 * x.shown + 14 * near(x.shown, 0.3)),
    )
)
# Likewise, with more of what combinations of places make.
smooth = Kernel((Part(members, smooth_masks), Part(shown_at_places, smooth_places)))
# Which part of the video the nearest element that is left stands for, and which follow. Frames that
# are near each other look alike: of a model of deleted elements, too, it matters whether one of
# them is left, more than which.
covering = Kernel(
    (
        Part(members, lambda x: smooth_masks(x) + SHARE * recurrent_masks(x)),
        Part(shown_at_places, smooth_places),
        *map(shared_out, (FOLLOWING, FROM_START, FROM_END)),
    )
)


def shown_within(steepness: float) -> Kernel:
    """Of what is shown alone, the steeper the rougher."""
    return Kernel((Part(shown_at_places, lambda x: near(x.shown, steepness)),))


def members_within(steepness: float) -> Kernel:
    """Of the masks alone: every combination of elements, those of many the less."""
    return Kernel((Part(members, lambda x: far(x.apart, steepness)),))


def members_count(inside: Bool[Tensor, "coalition element"]) -> Float[Tensor, "coalition effect"]:
    """A constant, and of each element whether it is there: additive games are met exactly."""
    return with_constant(inside.double())


def means_count(inside: Bool[Tensor, "coalition element"]) -> Float[Tensor, "coalition effect"]:
    """A constant, and each element's share of a mean over those that are there."""
    return with_constant(inside.double() / inside.double().sum(1, keepdim=True))


def shares_count(inside: Bool[Tensor, "coalition element"]) -> Float[Tensor, "coalition effect"]:
    """A constant, and the share of places at which each element is shown; the last is the rest."""
    shown = torch.nn.functional.one_hot(seen(inside, "freeze"), inside.shape[1])
    return with_constant(shown.double().mean(1)[:, :-1])


def with_constant(effects: Tensor) -> Tensor:
    """Ones before the other columns."""
    return torch.cat([torch.ones_like(effects[:, :1]), effects], dim=1)


class Candidate(NamedTuple):
    """A surrogate that is tried.

    Attributes:
        kernel: of coalitions.
        trend: what is left without penalty.
        nugget: what a single answer may differ by, relative to the kernel's mean.
        logits: whether it is of logits, where answers are probabilities, or of answers as they are.
    """

    kernel: Kernel
    trend: Trend = members_count
    nugget: float = 1e-6
    logits: bool = True


ROUGH = members_within(4.0)
ROUGHER = members_within(1.0)
NUGGET = 1e-3
# of answers as they are, where they are probabilities
AS_THEY_ARE = (
    Candidate(ROUGH, logits=False),
    Candidate(of_members, logits=False),
    Candidate(ROUGH, nugget=1.0, logits=False),
)
DELETED = (
    Candidate(of_averages, means_count, logits=False),
    Candidate(recurrent),
    Candidate(relational, means_count),
    Candidate(attentive),
    Candidate(mixed),
    Candidate(smooth),
    Candidate(covering),
    Candidate(covering, nugget=NUGGET),
    Candidate(ROUGH, nugget=NUGGET),
)
FROZEN = (
    Candidate(of_what_is_shown, shares_count, logits=False),
    Candidate(smooth),
    Candidate(of_what_is_shown),
    Candidate(of_what_is_shown, shares_count),
    Candidate(of_what_is_shown, nugget=NUGGET),
    Candidate(shown_within(0.3)),
    Candidate(shown_within(1.0)),
    Candidate(ROUGH, nugget=NUGGET),
)
MASKED = (
    Candidate(of_members),
    Candidate(of_members, nugget=NUGGET),
    Candidate(of_members, means_count),
    Candidate(ROUGHER),
    Candidate(ROUGHER, nugget=NUGGET),
    Candidate(ROUGH),
    Candidate(mixed),
    Candidate(of_what_is_shown),
)
OF_REMOVALS = {"delete": DELETED, "freeze": FROZEN}


def candidates(removal: str | None) -> tuple[Candidate, ...]:
    """Those that suit what becomes of a removed element; None: not known."""
    return (*OF_REMOVALS.get(removal or "", MASKED), *AS_THEY_ARE)
