"""Pairs of coalitions that a surrogate scores, which costs no evaluation of the model."""

from functools import cached_property

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from playfair.shapley.caches import bytes_of
from playfair.shapley.kernels import Kernel
from playfair.shapley.likeness import Likeness, Others
from playfair.shapley.pairs import Pairs, draw_pairs
from playfair.shapley.triple_fit import TripleFit

MOST_OF_KERNELS = 2**26  # bytes of them that are kept for further videos


class Scored:
    """Pairs that a surrogate scores, and what is made of their scores.

    All when it is asked for: most videos do without the many.

    Args:
        n_elements: of a video.
        n_pairs: how many are drawn.
        seed: of those that are drawn.
        device: where the scores will be.
    """

    def __init__(self, n_elements: int, n_pairs: int, seed: int, device: torch.device) -> None:
        self.n_elements = n_elements
        self.n_pairs = n_pairs
        self.seed = seed
        self.device = device
        self.kernels: dict[tuple[Kernel, torch.dtype, int], Tensor] = {}
        self.room: dict[tuple[Kernel, torch.dtype], int] = {}  # bytes, of those that are kept

    @cached_property
    def pairs(self) -> Pairs:
        """Drawn once."""
        generator = torch.Generator().manual_seed(self.seed)
        with torch.inference_mode(False):
            return draw_pairs(self.n_elements, self.n_pairs, generator)

    @cached_property
    def fit(self) -> TripleFit:
        """From scores to ESVs."""
        with torch.inference_mode(False):
            return TripleFit(self.pairs, self.device)

    def kernel(
        self, kernel: Kernel, inside: Bool[Tensor, "coalition element"], others: Others, place: int
    ) -> Float[Tensor, "coalition other"]:
        """A kernel of some of the coalitions with those that are fitted; kept if all of them fit.

        Args:
            kernel: what is computed.
            inside: the coalitions.
            others: those that are fitted, always the same.
            place: which coalitions they are.
        """
        key = (kernel, others.dtype, place)
        known = self.kernels.get(key)  # another call's end may let go of it
        if known is not None:
            return known
        with torch.inference_mode(False):
            of_block = kernel(Likeness(inside, others))
        n_bytes = 2 * self.n_pairs * len(others.inside) * of_block.element_size()
        if not self.kernels:
            self.room.clear()
        if key[:2] not in self.room and sum(self.room.values()) + n_bytes <= MOST_OF_KERNELS:
            self.room[key[:2]] = n_bytes
        if key[:2] in self.room:
            self.kernels[key] = of_block
        return of_block

    @property
    def n_bytes(self) -> int:
        """What is kept of them by now."""
        of_fit = self.fit.n_bytes if "fit" in vars(self) else 0
        return of_fit + sum(map(bytes_of, list(self.kernels.values())))
