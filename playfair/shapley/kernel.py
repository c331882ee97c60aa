"""ESVs from a kernel regression of the logits, and the estimated mean of what it leaves.

Of the evaluated coalitions S_b a surrogate g of the logits is fitted by kernel regression, whose
softmax costs no evaluation of the model. With v the model's scores,

    phi = phi(softmax g) + sum over b of share_b c(S_b) [ (1 - u_b) r_b + lambda u_b e_b ],

where share, c and u (unseen) are those of `pairs`, r = v - softmax g, and e is the same with S_b
left out of the fit. The first part of the sum puts what was evaluated in the surrogate's place, so
that nothing is left where all coalitions were. The second estimates the surrogate's mean error in
what was not evaluated, without which a surrogate that does not suit a game would be wrong at every
budget; lambda is between a half and 1, the more, the plainer that error is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from playfair.shapley.caches import bytes_of
from playfair.shapley.designs import Designs
from playfair.shapley.estimators import Estimate, Estimator, Plan, estimator
from playfair.shapley.game import Game, scores_of_coalitions
from playfair.shapley.kernels import Candidate, candidates
from playfair.shapley.likeness import Likeness, Others
from playfair.shapley.nothing_seen import of_pairs
from playfair.shapley.pairs import Pairs, distinct_pairs, draw_pairs
from playfair.shapley.regression import Regression, regress
from playfair.shapley.scored import Scored
from playfair.shapley.stated_error import StatedError
from playfair.shapley.stratified import fits, least, without
from playfair.shapley.student import widening

# Rows from which surrogates are screened, from which one is chosen of those that stand the screen,
# and from which it is fitted; what was evaluated beyond is left for its error.
ROWS_TO_SCREEN = 192
ROWS_TO_CHOOSE = 384
ROWS_TO_FIT = 3000
# Times the least error, up to which a surrogate stands the screen, and how many may: with all that
# stood, five to eight, errors of six trained games were the same to 2 %.
STANDS = 2.0
FINALISTS = 4
# Pairs that the surrogate scores, which costs no evaluation of the model: few, and many for videos
# that it tells so much of that the noise of few would count.
FEW_PAIRS = 4096
FOR_EACH = 16  # pair that was evaluated, many
MOST_PAIRS = 2**16
COUNTS = 0.25  # of the variance
# Pairs times rows up to which kernels are computed in float64, in twice the time.
IN_DOUBLE = 2**20
# Else in float32, but for videos of which that would count. Of a smooth kernel many large
# coefficients cancel, and ESVs are off by so much of their norm, times the kernel's mean: from 2e-9
# of it at 1,000 rows to 5e-8 at 1,700, mostly 1e-8 to 2e-8.
OFF_IN_FLOAT32 = 2e-8
# The surrogate whose leave-one-out error is the least of several errs more than that, as whatever is
# chosen by an error does (Cawley & Talbot 2010, JMLR 11): at half of all evaluations sums of
# unanimities had up to 1.2 of the variance that was stated, and 90 % of intervals held of the worst.
CHOSEN_BY_IT = 1.25
BLOCK = 256  # coalitions that are compared at once with all that were evaluated
ROUNDING = 1e-7  # of the largest score, by which what is told exactly is off in float32
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


@dataclass(frozen=True)
class Drawn:
    """All that is random, and what follows from it; the same for all videos.

    Attributes:
        pairs: those that are evaluated.
        scored: pairs that the surrogate scores; more of them, where the noise of few counts.
        inside: all that is evaluated: the pairs, their complements, the whole video.
        tried: surrogates to choose from.
        to_screen: rows of `inside` that most of them are left out by.
        to_choose: rows of `inside` that are chosen by.
        to_fit: rows that are fitted.
        solved: the regressions that were needed by now, of a candidate and its rows.
        alike: of as many rows how alike they are, which all candidates ask for.
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
        key = (tried._replace(logits=True), len(rows))
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


DESIGNS: Designs[Drawn] = Designs()


def plan(game: Game, budget: int, generator: torch.Generator) -> Plan:
    """Different pairs, and more of them for the surrogate; the same for all videos.

    Of several calls, too, that come with the same generator.
    """
    n_pairs = (budget - 1) // 2
    removal = getattr(game, "removal", None)
    device = game.prior.device
    key = (game.n_elements, n_pairs, removal, device, ROWS_TO_FIT)
    drawn = DESIGNS.obtain(
        key, generator, lambda: draw(game.n_elements, n_pairs, removal, generator, device)
    )
    most = max(scored.n_pairs for scored in drawn.scored)
    together = max(1, 2**26 // (most * game.n_classes))
    return Plan(len(drawn.inside), drawn, together)


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
    whole = torch.ones(1, n_elements, dtype=torch.bool)
    inside = torch.cat([pairs.inside, ~pairs.inside, whole]).to(device)
    n_pairs = len(pairs.inside)
    numbers = numbers_to_score(n_elements, n_pairs)
    seeds = torch.randint(2**62, (len(numbers),), generator=generator).tolist()
    return Drawn(
        pairs,
        inside,
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


def estimate(drawn: Drawn, game: Game) -> Estimate:
    """ESVs with standard errors; float64."""
    scores = scores_of_drawn(drawn, game)
    esv, variance = esv_of_scores(drawn, scores)
    return with_errors(drawn, game, scores, esv, CHOSEN_BY_IT * variance)


def scores_of_drawn(drawn: Drawn, game: Game) -> Float[Tensor, "row video class"]:
    """What the game says of all that is evaluated; float64."""
    scores = scores_of_coalitions(game, drawn.inside).double()
    return scores.unflatten(1, (game.n_videos, game.n_classes))


def with_errors(
    drawn: Drawn,
    game: Game,
    scores: Float[Tensor, "row video class"],
    esv: Float[Tensor, "element video class"],
    variance: Float[Tensor, "element video class"],
) -> Estimate:
    """Together with what all elements have in common, and with errors where any can be stated."""
    score = scores[-1]
    esv = esv + (score - game.prior.double()) / game.n_elements
    differences = paired(scores, len(drawn.pairs.inside)).flatten(1)
    nothing = of_pairs(drawn.pairs, differences, score.flatten(), game.n_videos)
    largest = scores.abs().amax((0, 2))
    variance = variance + (ROUNDING * largest).square()[:, None]
    stderr = variance.sqrt() * widening(drawn.pairs.freedom)
    answer = Estimate(esv.transpose(0, 1), stderr.transpose(0, 1), score)
    return without(nothing, answer)


def esv_of_scores(
    drawn: Drawn, scores: Float[Tensor, "row video class"]
) -> tuple[Float[Tensor, "element video class"], Float[Tensor, "element video class"]]:
    """ESVs but for what all elements have in common, and their variances."""
    esv = scores.new_zeros(drawn.inside.shape[1], *scores.shape[1:])
    variance = torch.zeros_like(esv)
    for tried, columns, values, link in by_candidate(drawn, scores):
        out = of_surrogate(drawn, tried, values, scores[:, columns], link)
        esv[:, columns], variance[:, columns] = out
    return esv, variance


def by_candidate(
    drawn: Drawn, scores: Float[Tensor, "row video class"]
) -> Iterator[tuple[Candidate, Bool[Tensor, "video class"], Float[Tensor, "row column"], Link]]:
    """Each candidate that is chosen, of which columns, what it is fitted to, and their link."""
    probable = are_probabilities(scores)
    logits = logits_of(scores)
    choice = chosen(drawn, scores, logits, probable)
    for place in choice.unique().tolist():
        tried = drawn.tried[place]
        for softmax in (True, False):
            columns = (choice == place) & ((probable & tried.logits) == softmax)[:, None]
            if not columns.any():
                continue
            values = (logits if softmax else scores)[:, columns]
            yield tried, columns, values, Link(scores.shape[2] if softmax else 1)


def chosen(
    drawn: Drawn, scores: Tensor, logits: Tensor, probable: Bool[Tensor, " video"]
) -> Int[Tensor, "video class"]:
    """The candidate of the least leave-one-out error, as it counts in an ESV.

    Of probabilities one for each video, as their logits go together; else one for each output. Few
    rows tell those that are far off, whom the others need not be compared with on more: of a video
    the same ones, whatever its company.
    """
    everyone = range(len(drawn.tried))
    if len(drawn.to_screen) == len(drawn.to_choose):
        return errors(drawn, everyone, drawn.to_choose, scores, logits, probable).argmin(0)
    screened = errors(drawn, everyone, drawn.to_screen, scores, logits, probable)
    most = screened.kthvalue(FINALISTS, 0).values.minimum(STANDS * screened.amin(0))
    stands = ~(screened > most)  # all, where a score is no number, which is refused in the end
    finalists = stands.any(2).any(1).nonzero().flatten().tolist()
    out = torch.full_like(screened, torch.inf)
    out[finalists] = errors(drawn, finalists, drawn.to_choose, scores, logits, probable)
    return out.masked_fill(~stands, torch.inf).argmin(0)


def errors(
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
            alone = regression.left_out(regression.process @ fitted.flatten(1)).view_as(fitted)
            left[:, by_logits] = some[:, by_logits] - (fitted - alone).softmax(-1)
        if not by_logits.all():
            fitted = some[:, ~by_logits]
            alone = regression.left_out(regression.process @ fitted.flatten(1)).view_as(fitted)
            left[:, ~by_logits] = alone
        square = stated.variance(paired(left, n_pairs).flatten(1)).view(some.shape[1:])
        together = square.sum(-1, keepdim=True).expand_as(square)
        out.append(torch.where(probable[:, None], together, square))
    return torch.stack(out)


def of_surrogate(
    drawn: Drawn,
    tried: Candidate,
    values: Float[Tensor, "row column"],
    scores: Float[Tensor, "row column"],
    link: Link,
) -> tuple[Float[Tensor, "element column"], Float[Tensor, "element column"]]:
    """ESVs and variances of columns that one candidate is chosen for.

    Args:
        drawn: what was drawn.
        tried: the candidate.
        values: what it is fitted to.
        scores: what they stand for.
        link: from values to scores.
    """
    process, effects, told, told_alone = told_of(drawn, tried, values, link)
    pairs = drawn.pairs
    n_pairs = len(pairs.inside)
    unseen = pairs.unseen.to(values)[:, None]
    weight = (pairs.contrast * pairs.share[:, None]).T.to(values)
    within = paired(scores - told, n_pairs)
    alone = paired(scores - told_alone, n_pairs)
    corrected = weight @ (unseen * alone)
    # as a chance of its own signs would make it, and as it is: of whole videos
    by_chance = link.by_video(weight.square() @ (unseen * alone.square()))
    as_it_is = link.by_video(corrected.square()).clamp(min=1e-300)
    part = (1 - 0.5 * by_chance / as_it_is).clamp(0.5, 1.0)
    variance = StatedError(pairs, weight.cpu(), values.device).variance(alone)
    own = drawn.regression(tried, drawn.to_fit).nugget / tried.nugget
    rounding = OFF_IN_FLOAT32 * own * process.norm(dim=0)
    precise = link.by_video(rounding.square()[None]) > COUNTS * link.by_video(variance)
    of_sums = torch.empty_like(variance)
    noise = torch.empty_like(variance)
    for dtype, some in ((torch.float64, precise), (torch.float32, ~precise)):
        if some.any():
            of_some = process[:, some].to(dtype)
            out = summed(drawn, tried, of_some, effects[:, some], link, variance[:, some])
            of_sums[:, some], noise[:, some] = out
            if dtype == torch.float32:
                noise[:, some] += rounding[some].square()
    return of_sums + weight @ ((1 - unseen) * within) + part * corrected, variance + noise


def told_of(
    drawn: Drawn, tried: Candidate, values: Float[Tensor, "row column"], link: Link
) -> tuple[Tensor, Tensor, Float[Tensor, "row column"], Float[Tensor, "row column"]]:
    """A surrogate, and what it says of all that was evaluated.

    Args:
        drawn, tried, values, link: as of `of_surrogate`.

    Returns:
        Coefficients of the process and of the effects; scores, and scores without their own pair.
    """
    rows = drawn.to_fit
    regression = drawn.regression(tried, rows)
    known = values[rows]
    process = regression.process @ known
    effects = regression.effects @ known
    told = link(known - regression.nugget * process)
    told_alone = link(known - regression.left_out(process))
    if len(rows) < len(values):
        of_all = torch.empty_like(values)
        others = Others(drawn.inside[rows], torch.float64)
        for block in torch.arange(len(values), device=rows.device).split(BLOCK):
            of_all[block] = predicted(tried, drawn.inside[block], others, process, effects)
        of_all = link(of_all)
        told = of_all.index_copy(0, rows, told)
        told_alone = of_all.index_copy(0, rows, told_alone)
    return process, effects, told, told_alone


def paired(rows: Tensor, n_pairs: int) -> Tensor:
    """Of each pair the coalition's value less its complement's; (pair, …)."""
    return rows[:n_pairs] - rows[n_pairs : 2 * n_pairs]


def summed(
    drawn: Drawn,
    tried: Candidate,
    process: Float[Tensor, "row column"],
    effects: Float[Tensor, "effect column"],
    link: Link,
    variance: Float[Tensor, "element column"],
) -> tuple[Float[Tensor, "element column"], Float[Tensor, "element column"]]:
    """The surrogate's ESVs but for what elements have in common, and their variance by sampling.

    Args:
        drawn, tried, link: as of `of_surrogate`.
        process, effects: coefficients of the surrogate, the former in the dtype of its kernel.
        variance: of the ESVs beside that noise, which should not count.
    """
    few, *many = drawn.scored
    esv, noise = scored(drawn, tried, few, process, effects, link)
    for scored_more in many:
        # of whole videos, whose classes go together
        loud = link.by_video(noise) > COUNTS * link.by_video(variance)
        if loud.any():
            more = scored(drawn, tried, scored_more, process[:, loud], effects[:, loud], link)
            esv[:, loud], noise[:, loud] = more
    return esv, noise


def scored(
    drawn: Drawn, tried: Candidate, by: Scored, process: Tensor, effects: Tensor, link: Link
) -> tuple[Float[Tensor, "element column"], Float[Tensor, "element column"]]:
    """Likewise, from given pairs."""
    inside = by.pairs.inside.to(process.device)
    few = len(inside) * len(drawn.to_fit) <= IN_DOUBLE
    process = process.double() if few else process
    others = Others(drawn.inside[drawn.to_fit], process.dtype)
    differences = process.new_empty(len(inside), process.shape[1])
    for block in torch.arange(len(inside), device=inside.device).split(BLOCK):
        first = int(block[0])
        scores = []
        for coalitions, place in ((inside[block], first), (~inside[block], ~first)):
            of_kernel = by.kernel(tried.kernel, coalitions, others, place)
            scores.append(link(tried.trend(coalitions) @ effects + of_kernel @ process))
        differences[block] = (scores[0] - scores[1]).to(differences)
    esv = effects.new_empty(inside.shape[1], process.shape[1])
    noise = torch.empty_like(esv)
    for columns in torch.arange(process.shape[1], device=inside.device).split(256):
        esv[:, columns], noise[:, columns] = by.fit.estimate(differences[:, columns])
    return esv, noise


def predicted(
    tried: Candidate, inside: Tensor, others: Others, process: Tensor, effects: Tensor
) -> Float[Tensor, "coalition column"]:
    """What a surrogate says of coalitions; float64, of a kernel in the others' dtype."""
    return tried.trend(inside) @ effects + tried.kernel(Likeness(inside, others)) @ process


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


@estimator("kernel")
def kernel() -> Estimator:
    """Kernel regression of the logits, with estimated residuals."""
    return Estimator(least, plan, estimate, fits, ROWS_TO_FIT)
