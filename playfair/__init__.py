"""Play Fair: which frames made a video model decide?

>>> import playfair, torch
>>> model = playfair.TSN(feature_dim=4, n_classes=3).eval()
>>> attribution = playfair.explain(model, torch.randn(2, 5, 4), prior=torch.full((3,), 1 / 3))
>>> attribution.esv.shape
torch.Size([2, 5, 3])
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playfair.models import TRN, TSN, MultiscaleTRN
    from playfair.shapley import Attribution, empty_caches, explain, interactions

__version__ = "0.2.0"
__all__ = [
    "TRN",
    "TSN",
    "Attribution",
    "MultiscaleTRN",
    "__version__",
    "empty_caches",
    "explain",
    "interactions",
]


def __getattr__(name: str) -> Any:
    """The public names, when they are asked for.

    They need torch, which takes 170 MB; the explorer does without.
    """
    if name not in __all__:
        raise AttributeError(
            f"module 'playfair' has no attribute {name!r}; it has {', '.join(__all__)}"
        )
    room = "playfair.models" if name in ("TRN", "TSN", "MultiscaleTRN") else "playfair.shapley"
    return getattr(import_module(room), name)
