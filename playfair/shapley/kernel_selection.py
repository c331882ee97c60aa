"""Which surrogate is taken of each video: that of the least leave-one-out error."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from playfair.shapley.kernel_design import Drawn
from playfair.shapley.kernels import Candidate
from playfair.shapley.pairs import paired
from playfair.shapley.regression import Regression

# Times the least error, up to which a surrogate stands the screen, and how many may: with all that
# stood, five to eight, errors of six trained games were the same to 2 %.
STANDS = 2.0
FINALISTS = 4
LOWEST = 1e-37  # a score; lower ones are no numbers in float32


@dataclass(frozen=True)
class Link:
    """From what a surrogate is fitted to, to scores.

    Attributes:
        n_classes: of a video, whose logits become scores together; 1 for answers as they are.
    """

    n_classes: int

    def __call__(self, values: Float[Tensor, "row column"]) -> Float[Tensor, "row column"]:
        """The softmax over the classes of each video, which are one axis with the videos."""
        if self.n_classes == 1:
            return values
        return values.unflatten(1, (-1, self.n_classes)).softmax(-1).flatten(1)

    def by_video(self, values: Float[Tensor, "element column"]) -> Float[Tensor, " column"]:
        """The mean over elements and what goes together, for each column of it."""
        of_videos = values.mean(0).unflatten(0, (-1, self.n_classes)).mean(1)
        return of_videos.repeat_interleave(self.n_classes)


def by_candidate(
    drawn: Drawn, scores: Float[Tensor, "row video class"]
) -> Iterator[tuple[Candidate, Bool[Tensor, "video class"], Float[Tensor, "row column"], Link]]:
    """Each candidate that is chosen, of which columns, what it is fitted to, and their link."""
    probable = are_probabilities(scores)
    logits = logits_of(scores)
    choice = selection(drawn, scores, logits, probable)
    for place in choice.unique().tolist():
        tried = drawn.tried[place]
        for softmax in (True, False):
            columns = (choice == place) & ((probable & tried.logits) == softmax)[:, None]
            if not columns.any():
                continue
            values = (logits if softmax else scores)[:, columns]
            yield tried, columns, values, Link(scores.shape[2] if softmax else 1)


def selection(
    drawn: Drawn, scores: Tensor, logits: Tensor, probable: Bool[Tensor, " video"]
) -> Int[Tensor, "video class"]:
    """The candidate of the least leave-one-out error, as it counts in an ESV.

    Of probabilities one for each video, as their logits go together; else one for each output. Few
    rows tell those that are far off, whom the others need not be compared with on more: of a video
    the same ones, whatever its company.
    """
    everyone = range(len(drawn.tried))
    if len(drawn.to_screen) == len(drawn.to_choose):
        return errors_left_out(drawn, everyone, drawn.to_choose, scores, logits, probable).argmin(0)
    screened = errors_left_out(drawn, everyone, drawn.to_screen, scores, logits, probable)
    most = screened.kthvalue(FINALISTS, 0).values.minimum(STANDS * screened.amin(0))
    stands = ~(screened > most)  # all, where a score is no number, which is refused in the end
    finalists = stands.any(2).any(1).nonzero().flatten().tolist()
    out = torch.full_like(screened, torch.inf)
    out[finalists] = errors_left_out(drawn, finalists, drawn.to_choose, scores, logits, probable)
    return out.masked_fill(~stands, torch.inf).argmin(0)


def errors_left_out(
    drawn: Drawn,
    places: Sequence[int],
    rows: Int[Tensor, " row"],
    scores: Float[Tensor, "all_rows video class"],
    logits: Float[Tensor, "all_rows video class"],
    probable: Bool[Tensor, " video"],
) -> Float[Tensor, "candidate video class"]:
    """Leave-one-out variances of some candidates, from some rows; the same for all classes of a
    video whose answers are probabilities.

    They are those that are stated (`stated_error`), with the pair more that each size counts: near
    exhaustion, all that is not seen may be one pair that is like none of its size, and a surrogate
    that errs wildly there is told by sizes that were drawn in full alone. Without it 17 at the one
    pair that was left had the least error of all, .4, on the others, and 85 to 92 % of 95 %
    intervals held (a majority and a parity of 5 of 8 elements, 229 and 241 of 255 evaluations);
    with it 97 to 99 %.
    """
    n_pairs = len(rows) // 2
    stated = drawn.stated(rows)
    some = scores[rows]
    known = logits[rows]
    out = []
    for place in places:
        tried = drawn.tried[place]
        regression = drawn.regression(tried, rows)
        by_logits = probable & tried.logits
        left = torch.empty_like(some)
        if by_logits.any():
            fitted = known[:, by_logits]
            told = fitted - residual(regression, fitted)
            left[:, by_logits] = some[:, by_logits] - told.softmax(-1)
        if not by_logits.all():
            left[:, ~by_logits] = residual(regression, some[:, ~by_logits])
        square = stated.variance(paired(left, n_pairs).flatten(1)).view(some.shape[1:])
        together = square.sum(-1, keepdim=True).expand_as(square)
        out.append(torch.where(probable[:, None], together, square))
    return torch.stack(out)


def residual(
    regression: Regression, values: Float[Tensor, "row video class"]
) -> Float[Tensor, "row video class"]:
    """What a regression without its own pair does not tell of each value."""
    return regression.left_out(regression.process @ values.flatten(1)).view_as(values)


def are_probabilities(scores: Float[Tensor, "row video class"]) -> Bool[Tensor, " video"]:
    """Of which videos all answers are 0 or more and sum to 1."""
    if scores.shape[2] < 2:
        return torch.zeros(scores.shape[1], dtype=torch.bool, device=scores.device)
    sums = (scores.sum(-1) - 1).abs().amax(0)
    return (sums < 1e-3) & (scores.amin((0, 2)) >= 0)


def logits_of(scores: Tensor) -> Tensor:
    """Logits whose softmax are the scores; of a mean of 0 over classes."""
    logits = scores.clamp(min=LOWEST).log()
    return logits - logits.mean(-1, keepdim=True)
