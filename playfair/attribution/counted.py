"""Scores of coalitions for one class of each video, and how many coalitions were asked for."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from playfair.attribution.registry import Asked
from playfair.shapley.game import by_coalitions, game_of, scores_of_coalitions


class CountedScores:
    """f of coalitions, each asked of the model once: the cost that sampling methods are matched by.

    Args:
        question: what is asked.
        removal: what becomes of a removed frame; None: as the question says.

    Example:
        >>> question = Asked(
        ...     lambda x: x.mean(1), torch.eye(2)[None], torch.tensor([0]), torch.tensor([0.5, 0.5])
        ... )
        >>> scores = CountedScores(question)
        >>> scores(torch.tensor([[True, True], [False, False], [True, True]])).flatten().tolist()
        [0.5, 0.5, 0.5]
        >>> scores.evaluations
        1
    """

    def __init__(self, question: Asked, removal: str | None = None) -> None:
        game = game_of(
            question.head,
            question.features,
            question.prior,
            removal=question.removal if removal is None else removal,
        )
        self.game = by_coalitions(game)
        self.label = question.label.to(question.features.device)
        self.video = torch.arange(question.n_videos, device=self.label.device)
        empty = question.prior.to(self.label.device).double()[self.label]
        self.table = question.table if removal is None else None
        self.known: dict[int, Tensor] = {0: empty}  # by the bits of the coalition: (video,)

    @property
    def evaluations(self) -> int:
        """Different coalitions that the model was asked for, the empty one not among them."""
        return len(self.known) - 1

    @torch.no_grad()
    def __call__(
        self, inside: Bool[Tensor, "coalition element"]
    ) -> Float[Tensor, "coalition video"]:
        """Scores of the class in question, float64; those that were asked before are not again."""
        names = bits(inside)
        new = {name: row for row, name in enumerate(names) if name not in self.known}
        if new:
            if self.table is None:
                columns = scores_of_coalitions(self.game, inside[list(new.values())])
                scores = columns.unflatten(1, (self.game.n_videos, self.game.n_classes))
            else:
                scores = self.table[list(new)]
            for name, own in zip(new, scores[:, self.video, self.label].double(), strict=True):
                self.known[name] = own
        return torch.stack([self.known[name] for name in names])

    def has(self, name: int) -> bool:
        """Whether a coalition, by the bits of its elements, was asked for."""
        return name in self.known


def bits(inside: Bool[Tensor, "coalition element"]) -> list[int]:
    """Coalitions as numbers whose bits are their elements.

    Example:
        >>> bits(torch.tensor([[True, False, True]]))
        [5]
    """
    # Python's numbers, as those of a tensor have 64 bits at most
    return [sum(1 << place for place, kept in enumerate(row) if kept) for row in inside.tolist()]


def require_budget(question: Asked, least: int, title: str) -> None:
    """Raises ValueError where a method may not ask for as many coalitions as it needs."""
    if question.budget < least:
        raise ValueError(
            f"{title} of {question.n_frames} frames needs at least {least} evaluations, and "
            f"{question.budget} were allowed. Type experiment.evaluations={least}, or more."
        )
