"""How ESVs are computed, as the command line says it."""

from dataclasses import dataclass
from typing import Any

STATED_ERRORS = 6  # raised when values or standard errors of the same evaluations change


@dataclass(frozen=True)
class Estimator:
    """How ESVs are computed: conf/estimator, removal and batch_size.

    Args:
        budget: evaluations per video to estimate them from; None for exact values.
        name: of the estimator; None for the best for the model.
        removal: what becomes of an element outside a coalition; None for the model's own.
        precision: "float32" or "bfloat16".
        batch_size: coalitions that a model is called with at once; None for what fits.
    """

    budget: int | None = None
    name: str | None = None
    removal: str | None = None
    precision: str = "float32"
    batch_size: int | None = None

    def settings(self) -> dict[str, Any]:
        """Those that are set, as an ESV store is known by; of estimates also how errors are stated."""
        settings = {
            name: value
            for name, value in vars(self).items()
            if name == "budget" or value != getattr(EXACT, name)
        }
        if self.budget is not None:
            settings["stated_errors"] = STATED_ERRORS
        return settings

    @property
    def label(self) -> str:
        """What of it a folder's name says.

        >>> Estimator(budget=1000, removal="freeze").label
        '-budget-1000-freeze'
        """
        parts = ["" if self.budget is None else f"budget-{self.budget}", self.name, self.removal]
        return "".join(f"-{part}" for part in parts if part)

    def options(self) -> dict[str, Any]:
        """What `playfair.explain` is called with."""
        return {
            "estimator" if name == "name" else name: value
            for name, value in vars(self).items()
            if value is not None
        }


EXACT = Estimator()
