"""What the terms of a dataset say of passing on what was made from it; for the card."""

_OURS = "its clips are drawn by Play Fair, under Apache 2.0; anybody can have them written again to the bit"
TERMS = {
    "synthetic": _OURS,
    "known_values": _OURS,
    "known_values_features": _OURS,
    "something_something_v2": (
        "Qualcomm's [Something-Something v2]"
        "(https://www.qualcomm.com/developer/software/something-something-v-2-dataset) is licensed for "
        "research, and its clips may not be passed on: ask Qualcomm for them, and read its licence "
        "before you use for anything else what was learnt from them"
    ),
    "kinetics": (
        "the videos of Kinetics are their uploaders', on YouTube; its annotations are DeepMind's, under "
        "CC BY 4.0"
    ),
    "epic_kitchens": (
        "EPIC-Kitchens-100 is the University of Bristol's, under CC BY-NC 4.0: not for commercial use"
    ),
}


def terms_of(dataset: str) -> str:
    """The terms of a dataset, by the name that its outputs lie under.

    >>> terms_of("my_clips")[:34]
    'the terms of my_clips are its owne'
    """
    if dataset.startswith("epic_kitchens"):
        return TERMS["epic_kitchens"]
    return TERMS.get(
        dataset,
        f"the terms of {dataset} are its owner's: read them before you pass on what was made from it",
    )
