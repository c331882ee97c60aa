"""Any model as a game: it is called with what is left of every coalition."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from playfair.shapley.batch import Batch, batch_for, is_memory_failure
from playfair.shapley.errors import FixedLength, WrongOption, WrongPrior, WrongScores
from playfair.shapley.game import at_least_float32
from playfair.shapley.precision import in_precision
from playfair.shapley.removal import REMOVALS, blanked, gathered, seen


@dataclass(frozen=True)
class CallableGame:
    """v(S) = softmax of the model's logits of S. Every coalition of every video is a row of a call.

    Attributes:
        model: from (n, size, *unit) to logits (n, class).
        units: (video, element, *unit), features or pixels or tokens.
        prior: (class,).
        removal: what becomes of an element outside a coalition, one of `removal.REMOVALS`.
        batch_size: the most rows of a call; None: from their bytes (`batch.BATCH_BYTES`). Where
            memory fails it falls, and then says what it fell to.
        blank: the unit, or a number, in a removed one's place with removal "blank".
        threaded: whether the model may be called by several threads at once.

    Example:
        >>> game = CallableGame(lambda x: x.mean(1), torch.eye(2)[None], torch.tensor([0.5, 0.5]))
        >>> game.scores(torch.tensor([[True, True]]))
        tensor([[[0.5000, 0.5000]]])
    """

    model: Callable[[Tensor], Any]
    units: Float[Tensor, "video element *unit"]
    prior: Float[Tensor, " class"]
    removal: str = "delete"
    batch_size: int | None = None
    blank: Tensor | float = 0.0
    threaded: bool = False
    batch: Batch | None = None

    def __post_init__(self) -> None:
        if self.removal not in REMOVALS:
            raise WrongOption("removal", self.removal, f"one of {', '.join(REMOVALS)}")
        if self.batch is None:
            row = self.units[0].numel() * self.units.element_size()
            batch = batch_for(row, self.units.device, self.batch_size)
            object.__setattr__(self, "batch", batch)

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
    def dtype(self) -> torch.dtype:
        return self.units.dtype

    def scores_of(self, units: Float[Tensor, "n size *unit"]) -> Float[Tensor, "n class"]:
        """Scores of what is shown of each row.

        Raises:
            FixedLength: the model fails with fewer elements than all, even with a single row.
        """
        try:
            return logits_of(self.model, units, self.n_classes).softmax(-1)
        except (WrongScores, WrongPrior):
            raise
        except Exception as error:
            size = units.shape[1]
            if size == self.n_elements or is_memory_failure(error):
                raise
            try:
                self.model(units[:1])
            except Exception:  # of whatever type: it is the length, not the number of rows
                raise FixedLength(size, self.n_elements, error) from error
            raise

    @property
    def rows_at_once(self) -> int:
        """The batch as it is by now."""
        assert self.batch is not None
        return self.batch.rows

    def in_precision(self, precision: str) -> "CallableGame":
        """The same, with the model's products in bfloat16; softmax and sums are as before.

        Raises:
            WrongOption: what is called are means of logits that were made before.
        """
        if precision == "float32":
            return self
        if self.threaded:
            raise WrongOption(
                "precision",
                precision,
                "float32 with this removal: the logits of single elements are made once. Or "
                'removal="delete"',
            )
        return replace(self, model=in_precision(self.model, precision))

    def parts(self, together: int) -> Sequence["CallableGame"]:
        """So many videos at a time; they share the batch."""
        return [replace(self, units=units) for units in self.units.split(together)]

    def scores(
        self, inside: Bool[Tensor, "coalition element"]
    ) -> Float[Tensor, "coalition video class"]:
        """Scores of coalitions of one size."""
        assert self.batch is not None
        elements = seen(inside, self.removal)
        n_rows = len(inside) * self.n_videos

        def call(rows: slice) -> Tensor:
            row = torch.arange(rows.start, rows.stop, device=self.units.device)
            coalition = row // self.n_videos
            video = row % self.n_videos
            units = gathered(self.units, video, elements[coalition])
            if self.removal == "blank":
                units = blanked(units, inside[coalition], self.blank)
            return self.scores_of(units)

        answers = [answer for _, answer in self.batch.calls(n_rows, call)]
        scores = answers[0] if len(answers) == 1 else torch.cat(answers)
        return scores.unflatten(0, (len(inside), self.n_videos))


def logits_of(
    model: Callable[[Tensor], Any], units: Float[Tensor, "n size *unit"], n_classes: int | None
) -> Float[Tensor, "n class"]:
    """The model's logits, in at least float32; those of an answer that has `.logits`.

    Args:
        model: what is called.
        units: what it is shown.
        n_classes: how many there should be; None: as many as come.

    Raises:
        WrongScores: they are not one finite vector for each row.
        WrongPrior: it has other classes than the model.
    """
    answer = model(units)
    logits = answer if isinstance(answer, Tensor) else getattr(answer, "logits", answer)
    if (
        not isinstance(logits, Tensor)
        or logits.ndim != 2
        or len(logits) != len(units)
        or logits.shape[1] == 0
    ):
        raise WrongScores(
            "the model must turn units (n, size, *unit) into logits (n, class); given "
            f"{tuple(units.shape)} it returned {in_words(logits)}"
        )
    if not logits.is_floating_point():
        raise WrongScores(
            f"the model returned {logits.dtype}, which are no logits: one number with a fraction "
            "for each class is expected, before the softmax and before any argmax"
        )
    if n_classes is not None and logits.shape[1] != n_classes:
        raise WrongPrior(
            f"prior has {n_classes} entries but the model returned {logits.shape[1]} "
            f"{'class' if logits.shape[1] == 1 else 'classes'}; give "
            "one probability per class, in the order of the model's outputs"
        )
    if not logits.isfinite().all():
        raise WrongScores(
            f"the model returned NaN or infinite logits for finite features {tuple(units.shape)}; "
            "check its weights, or its dtype (float16 overflows above 65504)"
        )
    return logits.to(at_least_float32(logits))


def in_words(answer: object, call: str = "explain(lambda x: model(x)") -> str:
    """What came in place of logits, and how to take logits out of it.

    Args:
        answer: what came.
        call: what to type, up to where logits are taken out.

    Example:
        >>> in_words({"loss": 0.5, "scores": torch.ones(2, 3)})
        "a dict with loss, scores; type explain(lambda x: model(x)['scores'], ...), which has two axes"
    """
    if answer is None:
        return "NoneType; does it return what it computes?"
    if hasattr(answer, "__array__") and not isinstance(answer, Tensor):
        return f"{type(answer).__name__}; type torch.as_tensor(...) in it"
    if isinstance(answer, Tensor) and answer.ndim == 1:
        return (
            f"shape {tuple(answer.shape)}, one number a row: all that it says of a row is expected"
        )
    if isinstance(answer, Tensor) and answer.ndim == 2:
        return f"shape {tuple(answer.shape)}: as many rows as it is given are expected, in order"
    if isinstance(answer, Tensor):
        return (
            f"shape {tuple(answer.shape)}. Average over elements, and drop axes of size 1, inside "
            "the model"
        )
    kind = type(answer).__name__
    if isinstance(answer, Mapping) and answer:
        kind = f"a dict with {', '.join(map(str, list(answer)[:5]))}"
        parts = list(answer.items())
    elif isinstance(answer, tuple | list) and answer:
        kind = f"a {kind} of {len(answer)}"
        parts = list(enumerate(answer))
    else:
        return kind
    if not any(isinstance(part, Tensor) for _, part in parts):
        return f"{kind}, none of which is a tensor; type torch.as_tensor(...) in it"
    for name, part in parts:
        if isinstance(part, Tensor) and part.ndim == 2:
            return f"{kind}; type {call}[{name!r}], ...), which has two axes"
    return f"{kind}, none of which has the axes (n, class)"
