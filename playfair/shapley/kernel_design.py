"""What the kernel estimator draws, and the regressions that follow from it, for all videos alike."""

from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from playfair.shapley.caches import bytes_of
from playfair.shapley.kernels import Candidate, candidates
from playfair.shapley.likeness import Likeness, Others
from playfair.shapley.pairs import Pairs, distinct_pairs, draw_pairs
from playfair.shapley.regression import Regression, regress
from playfair.shapley.scored import Scored
from playfair.shapley.stated_error import StatedError

# Rows from which surrogates are screened, from which one is chosen of those that stand the screen,
# and from which it is fitted; what was evaluated beyond is left for its error.
ROWS_TO_SCREEN = 192
ROWS_TO_CHOOSE = 384
ROWS_TO_FIT = 3000
# Pairs that the surrogate scores, which costs no evaluation of the model: few, and many for videos
# that it tells so much of that the noise of few would count.
FEW_PAIRS = 4096
FOR_EACH = 16  # pair that was evaluated, many
MOST_PAIRS = 2**16
BLOCK = 256  # coalitions that are compared at once with all that were evaluated


@dataclass(frozen=True)
class Drawn:
    """All that is random, and what follows from it; the same for all videos.

    Attributes:
        pairs: those that are evaluated.
        inside: all that is evaluated: the pairs, their complements, the whole video.
        tried: surrogates to choose from.
        to_screen: rows of `inside` that most of them are left out by.
        to_choose: rows of `inside` that are chosen by.
        to_fit: rows that are fitted.
        scored: pairs that the surrogate scores: few, and more where the noise of few counts.
        solved: the regressions that were needed by now, of a candidate and so many rows.
        alike: of so many rows how alike they are, which all candidates ask for.
        lock: held while a regression is solved, which other threads may need too.
    """

    pairs: Pairs
    inside: Bool[Tensor, "row element"]
    tried: tuple[Candidate, ...]
    to_screen: Int[Tensor, " few"]
    to_choose: Int[Tensor, " some"]
    to_fit: Int[Tensor, " fitted"]
    scored: tuple[Scored, ...]
    solved: dict[tuple[Candidate, int], Regression] = field(default_factory=dict, init=False)
    alike: dict[int, Likeness] = field(default_factory=dict, init=False)
    lock: Lock = field(default_factory=Lock, init=False)

    @property
    def n_bytes(self) -> int:
        """What is kept by now: of what was solved, of likenesses, of what is scored."""
        of_regressions = sum(bytes_of(one.process) for one in list(self.solved.values()))
        of_likeness = sum(alike.n_bytes for alike in list(self.alike.values()))
        return of_regressions + of_likeness + sum(scored.n_bytes for scored in self.scored)

    def lighten(self) -> bool:
        """Lets go of likenesses, then of kernels of what is scored: of few before many."""
        heavy: list[dict[Any, Any]] = [self.alike, *(scored.kernels for scored in self.scored)]
        for parts in heavy:
            if parts:
                parts.clear()
                return True
        return False

    def regression(self, tried: Candidate, rows: Int[Tensor, " row"]) -> Regression:
        """Of a candidate on some rows, solved once."""
        key = (tried._replace(logits=True), len(rows))  # whatever it is fitted to
        with self.lock:
            if key not in self.solved:
                with torch.inference_mode(False), torch.no_grad():
                    trend = tried.trend(self.inside[rows])
                    covariance = self.covariance(tried, rows)
                    self.solved[key] = regress(covariance, trend, tried.nugget)
            return self.solved[key]

    def stated(self, rows: Int[Tensor, " row"]) -> StatedError:
        """What is stated of an ESV from some rows: the mean over elements."""
        kept = rows[: len(rows) // 2]
        pairs = self.pairs.some(kept.cpu())
        weight = pairs.share * pairs.contrast.square().mean(1).sqrt()
        stated = StatedError(pairs, weight[None], rows.device)
        stated.square *= len(self.pairs.inside) / len(kept)  # all, of which these are some
        return stated

    def covariance(
        self, tried: Candidate, rows: Int[Tensor, " row"]
    ) -> Float[Tensor, "row other_row"]:
        """A candidate's kernel of some rows with each other; float64.

        How alike few rows are is kept for the other candidates. Of many it is told in blocks that
        stay in cache, in half the time.
        """
        inside = self.inside[rows]
        if len(rows) > ROWS_TO_CHOOSE:
            others = Others(inside, torch.float64)
            blocks = inside.split(BLOCK // 2)
            return torch.cat([tried.kernel(Likeness(block, others)) for block in blocks])
        alike = self.alike.get(len(rows))  # another call's end may let go of it
        if alike is None:
            alike = self.alike[len(rows)] = Likeness(inside, Others(inside, torch.float64))
        return tried.kernel(alike)


def draw(
    n_elements: int,
    n_pairs: int,
    removal: str | None,
    generator: torch.Generator,
    device: torch.device,
) -> Drawn:
    """All that is random, and nothing that is made of it yet.

    Args:
        n_elements: of a video.
        n_pairs: that are evaluated, at most.
        removal: what becomes of a removed element; None: not known.
        generator: draws.
        device: of the game.
    """
    pairs = draw_pairs(n_elements, n_pairs, generator)
    n_pairs = len(pairs.inside)
    numbers = numbers_to_score(n_elements, n_pairs)
    seeds = torch.randint(2**62, (len(numbers),), generator=generator).tolist()
    return Drawn(
        pairs,
        pairs.evaluated.to(device),
        candidates(removal),
        thinned(n_pairs, ROWS_TO_SCREEN).to(device),
        thinned(n_pairs, ROWS_TO_CHOOSE).to(device),
        thinned(n_pairs, ROWS_TO_FIT).to(device),
        tuple(
            Scored(n_elements, number, seed, device)
            for number, seed in zip(numbers, seeds, strict=True)
        ),
    )


def numbers_to_score(n_elements: int, n_pairs: int) -> list[int]:
    """How many pairs: few, and many, the more, the more were evaluated; all, where they are few."""
    n_all = sum(distinct_pairs(n_elements, size) for size in range(1, n_elements // 2 + 1))
    many = min(MOST_PAIRS, max(FEW_PAIRS, FOR_EACH * n_pairs))
    return sorted({min(n_all, FEW_PAIRS), min(n_all, many)})


def thinned(n_pairs: int, most: int) -> Int[Tensor, " row"]:
    """Rows of equally spaced pairs, their complements and the whole video; at most so many."""
    n_kept = min(n_pairs, (most - 1) // 2)
    kept = torch.linspace(0, n_pairs - 1, n_kept).round().long()
    return torch.cat([kept, kept + n_pairs, torch.tensor([2 * n_pairs])])
