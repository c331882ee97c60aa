"""Play Fair: which frames made a video model decide?

>>> import playfair, torch
>>> model = playfair.TSN(feature_dim=4, n_classes=3).eval()
>>> attribution = playfair.explain(model, torch.randn(2, 5, 4), prior=torch.full((3,), 1 / 3))
>>> attribution.esv.shape
torch.Size([2, 5, 3])
"""

# typing.TYPE_CHECKING without typing: nothing is imported here, as Ctrl-C is answered from what comes next
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from playfair.answers.browser import explore_folder
    from playfair.answers.callback import ESVCallback
    from playfair.answers.videos import explain_videos
    from playfair.models import TRN, TSN, MultiscaleTRN
    from playfair.shapley import (
        Attribution,
        PairAttribution,
        empty_caches,
        explain,
        explain_masks,
        explain_pairs,
        interactions,
        interactions_of_masks,
    )

__version__ = "0.2.0"
ROOMS = {
    "TRN": "playfair.models",
    "TSN": "playfair.models",
    "MultiscaleTRN": "playfair.models",
    "Attribution": "playfair.shapley",
    "PairAttribution": "playfair.shapley",
    "empty_caches": "playfair.shapley",
    "explain": "playfair.shapley",
    "explain_masks": "playfair.shapley",
    "explain_pairs": "playfair.shapley",
    "interactions": "playfair.shapley",
    "interactions_of_masks": "playfair.shapley",
    "ESVCallback": "playfair.answers.callback",
    "explain_videos": "playfair.answers.videos",
    "explore_folder": "playfair.answers.browser",
}
__all__ = [
    "TRN",
    "TSN",
    "Attribution",
    "ESVCallback",
    "MultiscaleTRN",
    "PairAttribution",
    "__version__",
    "empty_caches",
    "explain",
    "explain_masks",
    "explain_pairs",
    "explain_videos",
    "explore_folder",
    "interactions",
    "interactions_of_masks",
]


def __getattr__(name: str) -> "Any":
    """The public names, when they are asked for.

    They need torch, which takes 170 MB; the explorer does without.
    """
    if name not in ROOMS:
        raise AttributeError(
            f"module 'playfair' has no attribute {name!r}; it has {', '.join(__all__)}"
        )
    from importlib import import_module

    return getattr(import_module(ROOMS[name]), name)
