"""The fast game: heads that show their linear layers, scored without ever being called."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import comb

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from playfair.shapley.callable_game import CallableGame
from playfair.shapley.exact import esv_from_blocks
from playfair.shapley.game import Block, at_least_float32
from playfair.shapley.levels import blocks_of_levels
from playfair.shapley.linear_heads import Layers, LinearHeads, layers_of
from playfair.shapley.threads import alone


@dataclass(frozen=True)
class LinearGame:
    """A multi-scale model with its removed elements deleted.

    Attributes:
        model: the heads.
        units: (video, element, feature).
        prior: (class,).
        precision: "bfloat16" multiplies the layers in bfloat16 (exact values only).
        batch_size: the most rows of a call, where single coalitions are asked for.
        layers: those of all scales, computed once for all parts.
    """

    model: LinearHeads
    units: Float[Tensor, "video element feature"]
    prior: Float[Tensor, " class"]
    precision: str = "float32"
    batch_size: int | None = None
    layers: list[Layers] | None = None

    threaded = True

    @property
    def n_videos(self) -> int:
        return len(self.units)

    @property
    def n_elements(self) -> int:
        return self.units.shape[1]

    @property
    def n_classes(self) -> int:
        return len(self.prior)

    @property
    def n_scales(self) -> int:
        """Scales that coalitions of so many elements have; larger ones are means over children."""
        return min(self.n_elements, self.model.n_max)

    @property
    def n_evaluations(self) -> int:
        """Evaluations of single scales' heads that leave nothing to sample."""
        return sum(comb(self.n_elements, size) for size in range(1, self.n_scales + 1))

    @property
    def dtype(self) -> torch.dtype:
        return self.units.dtype

    def in_precision(self, precision: str) -> "LinearGame":
        """The same in "float32" or "bfloat16"."""
        return replace(self, precision=precision, layers=None)

    def parts(self, together: int) -> Sequence["LinearGame"]:
        """So many videos at a time, with the layers made ready."""
        layers = self.ready_layers()
        return [replace(self, units=units, layers=layers) for units in self.units.split(together)]

    def blocks(self) -> Iterator[Block]:
        """Scores of all coalitions."""
        return blocks_of_levels(self.ready_layers(), self.units)

    def exact_values(
        self,
    ) -> tuple[Float[Tensor, "video element class"], Float[Tensor, "video class"]]:
        """ESVs and scores, rounded here, as each thread rounds its own."""
        esv, score = esv_from_blocks(self.blocks(), self.n_elements, self.prior)
        dtype = at_least_float32(self.units)
        return esv.to(dtype), score.to(dtype)

    def scores(
        self, inside: Bool[Tensor, "coalition element"]
    ) -> Float[Tensor, "coalition video class"]:
        """Scores of single coalitions, for which the model is called."""
        game = CallableGame(self.model, self.units, self.prior, batch_size=self.batch_size)
        return game.in_precision(self.precision).scores(inside)

    def ready_layers(self) -> list[Layers]:
        """The layers, as they are or computed."""
        if self.layers is not None:
            return self.layers
        return alone(lambda: layers_of(self.model, self.units, self.precision), self.units.device)
