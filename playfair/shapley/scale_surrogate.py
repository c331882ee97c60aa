"""The multi-scale model from few evaluations: a surrogate of each scale whose averages are closed
form.

For each scale s the head is evaluated on some of the size-s subsets Y. Its logits are then modelled
as

    f_s(Y) = W (gain * sum over p of rows[p, y_p - p]) + mean + g(Y),

the network with each ReLU replaced by its least-squares gain over the sample, plus a Gaussian
process g (a kernel regression) whose covariance of Y and Y' depends on the frames they share: in
the same position, at all, in pairs, in triples, and whether they are the same subset, so that every
evaluated subset is met exactly (the residual correction). Of all parts the mean over the size-s
subsets of any coalition S of size k is closed form: the r-th frame of S is at position p of such a
subset with probability C(r, p) C(k-1-r, s-1-p) / C(k, s), and q given frames of S are all in it
with probability C(s, q) / C(k, q). So the score of every coalition follows without further
evaluations.

Bias: a coalition's mean logits are the model's but for what its unevaluated subsets hold beyond
these effects. It shrinks as more are evaluated and is 0 when all are.
"""

from dataclasses import dataclass
from math import comb

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from playfair.shapley.coalitions import binomials, members
from playfair.shapley.linear_heads import LinearHeads, projection_of, readout_of
from playfair.shapley.pairs import fill, random_members
from playfair.shapley.removal import seen
from playfair.shapley.rows import before_relu, rows_of

# Shares of variance: additive effects of frames in their positions, of frames, of pairs, of
# triples, and of the subset as such. Only ratios matter. At 16 frames on trained heads, 904
# evaluations, the mean squared error of ESVs was 2.1e-7; without positions 4.5e-7, with any share
# tripled at most 2.3e-7; the constructive sampler's was 9.8e-5.
POSITION = 0.3
ORDERS = {1: 1.0, 2: 0.1, 3: 0.03}
WHOLE = 0.03


@dataclass(frozen=True)
class Design:
    """Which subsets of one scale are evaluated, and the regression they allow; the same for all
    videos.

    inside: (subset, frame), the evaluated subsets.
    inverse: (subset, subset), inverse of their covariance, float64.
    """

    scale: int
    inside: Bool[Tensor, "subset element"]
    inverse: Float[Tensor, "subset subset"]

    @property
    def unseen(self) -> float:
        """The part of all subsets that is not evaluated."""
        return 1 - len(self.inside) / comb(self.inside.shape[1], self.scale)

    def regress(self, values: Float[Tensor, "subset column"]) -> tuple[Tensor, Tensor, Tensor]:
        """The kernel regression of the subsets' values.

        Returns:
            Mean (column,), coefficients (subset, column), leave-one-out residuals (subset, column).
        """
        ones = self.inverse.sum(1)
        mean = ones @ values / ones.sum()
        coefficients = self.inverse @ (values - mean)
        # Dubrule 1983: what the others do not tell of a value, the mean being unknown.
        precision = self.inverse.diagonal() - ones.square() / ones.sum()
        return mean, coefficients, coefficients / precision.clamp(min=1e-12)[:, None]


@dataclass(frozen=True)
class Scale:
    """What is known of one scale's head. `column` is (video, class) as one axis.

    mean, process: the constant, and the coefficient of each evaluated subset.
    network: logits each frame adds at each position; 0 where it cannot be.
    alone: leave-one-out residuals of the evaluated subsets.
    values: their logits.
    """

    design: Design
    mean: Float[Tensor, " column"]
    process: Float[Tensor, "subset column"]
    network: Float[Tensor, "position element column"]
    alone: Float[Tensor, "subset column"]
    values: Float[Tensor, "subset column"]


def draw_designs(
    n_elements: int, n_scales: int, budget: int, generator: torch.Generator, device: torch.device
) -> list[Design]:
    """The budget in equal shares for all scales; what a scale cannot use goes to the others."""
    n_subsets = [comb(n_elements, scale) for scale in range(1, n_scales + 1)]
    available = torch.tensor(n_subsets, dtype=torch.float64)
    counts = fill(available, torch.ones_like(available), budget)
    designs = []
    for scale, count in enumerate(counts.int().tolist(), start=1):
        if count == comb(n_elements, scale):
            inside = members(n_elements, scale)
        else:
            inside = random_members(n_elements, scale, count, generator)
        shared = inside.double() @ inside.double().T
        in_place = placed(inside)
        among = covariance(scale, scale)[shared.long()] + POSITION / scale * in_place @ in_place.T
        designs.append(Design(scale, inside.to(device), torch.linalg.inv(among).to(device)))
    return designs


def fit(
    design: Design, model: LinearHeads, frames: Float[Tensor, "element video feature"]
) -> Scale:
    """Evaluate the scale's head on the design's subsets and fit the surrogate."""
    scale = design.scale
    n_elements = len(frames)
    rows = rows_of(frames, projection_of(model, scale, frames.dtype))
    n_starts = rows.shape[1]
    weight, bias = readout_of(model, scale, frames.dtype)
    before = before_relu(rows, seen(design.inside, "delete"))
    after = before.relu()
    spread = before - before.mean(0)
    gain = (spread * after).sum(0) / spread.square().sum(0).clamp(min=1e-12)
    network = frames.new_zeros(scale, n_elements, rows.shape[2] * len(weight))
    for position in range(scale):
        added = (rows[position] * gain) @ weight.T
        network[position, position : position + n_starts] = added.flatten(1)
    left = (after - before * gain) @ weight.T + bias
    values = after @ weight.T + bias
    return Scale(design, *fitted(design, left.flatten(1), network), values.flatten(1))


def fitted(design: Design, left: Tensor, network: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Mean, process, network and leave-one-out residuals, of what the network has left.

    Effects of positions become part of the network.
    """
    mean, process, alone = design.regress(left.double())
    at_positions = POSITION / design.scale * placed(design.inside).T @ process
    network = network + at_positions.to(left).view_as(network)
    return mean.to(left), process.to(left), network, alone.to(left)


def covariance(scale: int, size: int) -> Float[Tensor, " shared"]:
    """Covariance of an evaluated subset with a coalition's mean, by the frames they share.

    The mean is over the size-`scale` subsets of a coalition of `size`; positions count apart.
    """
    orders = {q: share for q, share in ORDERS.items() if q < scale} | {scale: WHOLE}
    among = [
        sum(share * comb(n, q) / comb(size, q) for q, share in orders.items())
        for n in range(scale + 1)
    ]
    return torch.tensor(among, dtype=torch.float64)


def placed(inside: Bool[Tensor, "subset element"]) -> Float[Tensor, "subset place"]:
    """1 where the frame is at the position of the subset, else 0; (position, frame) as one axis."""
    rank = inside.int().cumsum(1).unsqueeze(1)
    position = torch.arange(1, int(rank.max()) + 1, device=inside.device)[:, None]
    return ((rank == position) & inside.unsqueeze(1)).flatten(1).double()


def weights(
    designs: list[Design], inside: Bool[Tensor, "coalition element"]
) -> Float[Tensor, "coalition known"]:
    """What each of the surrogate's `coefficients` counts in a coalition's mean logits.

    f(S) is the mean over scales of closed-form means over subsets, and linear in all that was
    fitted.
    """
    n_elements = inside.shape[1]
    sizes = inside.sum(1)
    # of each frame of S within S
    rank = (inside.int().cumsum(1) - 1).clamp(min=0).cpu()
    n_known = sum(1 + len(design.inside) + design.scale * n_elements for design in designs)
    out = torch.zeros(len(inside), n_known).to(inside.device)
    for size in sizes.unique().tolist():
        which = (sizes == size).nonzero().flatten()
        used = [design for design in designs if design.scale <= size]
        columns = []
        for design in used:
            shared = inside[which].float() @ design.inside.float().T
            columns += [torch.ones(len(which), 1).to(out)]
            columns += [covariance(design.scale, size).to(out)[shared.long()]]
            at = probability_of_position(size, design.scale)[rank[which.cpu()]].to(out)
            columns += [(at * inside[which, :, None]).transpose(1, 2).flatten(1)]
        block = torch.cat(columns, dim=1) / len(used)
        out[which, : block.shape[1]] = block
    return out


def probability_of_position(size: int, scale: int) -> Float[Tensor, "rank position"]:
    """That the r-th frame of a coalition of `size` is at position p of a random subset of `scale`.

    Rows sum to the probability that the frame is in the subset at all.
    """
    rank = torch.arange(size)
    position = torch.arange(scale)
    choose = binomials(size, scale).double()
    before = choose[rank[:, None], position]
    after = choose[size - 1 - rank[:, None], scale - 1 - position]
    return before * after / choose[size, scale]


def coefficients(scales: list[Scale]) -> Float[Tensor, "known column"]:
    """All that was fitted, scale by scale: mean, process, network."""
    parts = []
    for scale in scales:
        parts += [scale.mean[None], scale.process, scale.network.flatten(0, 1)]
    return torch.cat(parts)
