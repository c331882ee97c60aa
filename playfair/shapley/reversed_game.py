"""A clip shown in reverse, with its elements called by the places that they have in the clip."""

from collections.abc import Sequence
from dataclasses import dataclass

from jaxtyping import Bool, Float
from torch import Tensor

from playfair.shapley.game import Game, parts_of


@dataclass(frozen=True)
class ReversedGame:
    """The game of the same elements from the last to the first.

    What is drawn for the clip itself is the same for it in reverse, so that of a model that is blind
    to order the same estimates come.

    Attributes:
        game: of what the model sees in reverse.

    Example:
        >>> import torch
        >>> from playfair.shapley import CallableGame
        >>> units = torch.tensor([[[0.0, 1.0], [2.0, 0.0]]])
        >>> game = CallableGame(lambda x: x.mean(1), units.flip(1), torch.full((2,), 0.5))
        >>> first = torch.tensor([[True, False]])
        >>> ReversedGame(game).scores(first).argmax().item(), game.scores(first).argmax().item()
        (1, 0)
    """

    game: Game

    @property
    def n_elements(self) -> int:
        return self.game.n_elements

    @property
    def n_videos(self) -> int:
        return self.game.n_videos

    @property
    def n_classes(self) -> int:
        return self.game.n_classes

    @property
    def prior(self) -> Float[Tensor, " class"]:
        return self.game.prior

    @property
    def removal(self) -> str | None:
        """What becomes of an element outside a coalition, where the game says so."""
        return getattr(self.game, "removal", None)

    def parts(self, together: int) -> Sequence["ReversedGame"]:
        """So many videos at a time."""
        return [ReversedGame(part) for part in parts_of(self.game, together)]

    def scores(
        self, inside: Bool[Tensor, "coalition element"]
    ) -> Float[Tensor, "coalition video class"]:
        """Scores of coalitions of one size."""
        return self.game.scores(inside.flip(1))
