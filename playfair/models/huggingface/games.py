"""A checkpoint's clips as a game whose model is called with the tokens that are left."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from playfair.shapley.batch import Batch, batch_for
from playfair.shapley.callable_game import logits_of
from playfair.shapley.precision import in_precision
from playfair.shapley.removal import gathered, seen


@dataclass(frozen=True)
class TokenGame:
    """v(S) = softmax of the model's logits of the tokens of S, all at their own positions.

    Tokens are made once for each clip; every coalition gathers its own, and none of another's takes
    part. A coalition costs by its size: all together half of what whole clips cost.

    Attributes:
        logits: from tokens (n, size, place, channel) and elements (n, size) to (n, class).
        tokens: (video, element, place, channel).
        prior: (class,).
        batch: how many rows of a call; a row is a (coalition, video).
        dtype: of the answers; tokens may have fewer digits, as the model's weights have.

    Example:
        >>> mean = lambda tokens, elements: tokens.mean((1, 2))
        >>> game = TokenGame(mean, torch.eye(2).view(1, 2, 1, 2), torch.ones(2) / 2, Batch(8))
        >>> game.scores(torch.tensor([[True, True]]))
        tensor([[[0.5000, 0.5000]]])
    """

    logits: Callable[[Tensor, Tensor], Tensor]
    tokens: Float[Tensor, "video element place channel"]
    prior: Float[Tensor, " class"]
    batch: Batch
    dtype: torch.dtype = torch.float32

    @property
    def n_videos(self) -> int:
        return len(self.tokens)

    @property
    def n_elements(self) -> int:
        return self.tokens.shape[1]

    @property
    def n_classes(self) -> int:
        return len(self.prior)

    @property
    def rows_at_once(self) -> int:
        """The batch as it is by now."""
        return self.batch.rows

    def in_precision(self, precision: str) -> "TokenGame":
        """The same, with the model's products in bfloat16; tokens are made as before."""
        return replace(self, logits=in_precision(self.logits, precision))

    def parts(self, together: int) -> Sequence["TokenGame"]:
        """So many videos at a time; they share the batch."""
        return [replace(self, tokens=tokens) for tokens in self.tokens.split(together)]

    def scores(
        self, inside: Bool[Tensor, "coalition element"]
    ) -> Float[Tensor, "coalition video class"]:
        """Scores of coalitions of one size."""
        elements = seen(inside, "delete")

        def call(rows: slice) -> Tensor:
            row = torch.arange(rows.start, rows.stop, device=self.tokens.device)
            left = elements[row // self.n_videos]
            tokens = gathered(self.tokens, row % self.n_videos, left)
            logits = logits_of(lambda kept: self.logits(kept, left), tokens, self.n_classes)
            return logits.softmax(-1)

        answers = [answer for _, answer in self.batch.calls(len(inside) * self.n_videos, call)]
        return torch.cat(answers).unflatten(0, (len(inside), self.n_videos))


def token_game(
    tokens: Callable[[Tensor], Tensor],
    logits: Callable[[Tensor, Tensor], Tensor],
    units: Float[Tensor, "video element *unit"],
    prior: Float[Tensor, " class"],
    batch_size: int | None,
) -> TokenGame:
    """The game of clips whose tokens are made here, a few clips at a time.

    Args:
        tokens: of units (n, element, *unit), (n, element, place, channel).
        logits, prior: as of TokenGame.
        units: pixels.
        batch_size: the most rows of a call; None: from their bytes.
    """
    clip = units[0].numel() * units.element_size()
    in_calls = batch_for(clip, units.device, batch_size)
    made = torch.cat([part for _, part in in_calls.calls(len(units), lambda at: tokens(units[at]))])
    row = made[0].numel() * made.element_size()
    return TokenGame(logits, made, prior, batch_for(row, units.device, batch_size), units.dtype)
