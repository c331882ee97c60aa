"""How attribution methods look in figures."""

from typing import NamedTuple

from playfair.report.look import BLACK, ORANGE, PURPLE, SUPPORTING


class Look(NamedTuple):
    """Of one line."""

    title: str
    colour: str
    line: str


# naive ones in grey
METHODS = {
    "esv": Look("ESV", SUPPORTING, "-"),
    "integrated_gradients": Look("Integrated Gradients", BLACK, "-"),
    "leave_one_out": Look("leave-one-out", ORANGE, "-"),
    "gradcam": Look("Grad-CAM", PURPLE, "-"),
    "centre": Look("centre-weighted", "0.35", "--"),
    "random": Look("random", "0.55", "-."),
    "uniform": Look("uniform", "0.7", ":"),
}
