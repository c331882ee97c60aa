"""One colour for each meaning, and all of them told apart by readers of every common colour vision."""

from itertools import combinations, product

import numpy as np
import pytest

from playfair.attribution import METHODS
from playfair.report import look
from playfair.report.figures.estimators import KNOWN, estimator_colours

# Machado, Oliveira & Fernandes (2009), severity 1.0, of linear light
VISIONS = {
    "usual": np.eye(3),
    "no red": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "no green": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
}
# Ottosson (2020), Oklab: linear light → cones → lightness and two axes of colour
CONES = [
    [0.4122214708, 0.5363325363, 0.0514459929],
    [0.2119034982, 0.6806995451, 0.1073969566],
    [0.0883024619, 0.2817188376, 0.6299787005],
]
LAB = [
    [0.2104542553, 0.7936177850, -0.0040720468],
    [1.9779984951, -2.4285922050, 0.4505937099],
    [0.0259040371, 0.7827717662, -0.8086757660],
]
APART = 0.075  # what the nearest two of Okabe & Ito's palette are apart
ROLES = (look.SUPPORTING, look.DISTRACTING, look.EVIDENCE, look.TRUE_CLASS, look.OTHER_CLASS)
MODELS = (*look.MODELS.values(), *look.OTHERS)
PAPER = "#15171a"  # of the page in the dark


def light(colour: str) -> np.ndarray:
    """Linear red, green and blue."""
    levels = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)


def distance(one: str, other: str, vision: str = "usual") -> float:
    """Of two colours in Oklab."""
    seen = [np.clip(np.array(VISIONS[vision]) @ light(colour), 0, 1) for colour in (one, other)]
    first, second = (np.array(LAB) @ np.cbrt(np.array(CONES) @ of) for of in seen)
    return float(np.linalg.norm(first - second))


def contrast(one: str, other: str) -> float:
    """Of two colours, as the Web's guidelines for accessible content have it."""
    shares = np.array([0.2126, 0.7152, 0.0722])
    dark, bright = sorted(float(shares @ light(colour)) + 0.05 for colour in (one, other))
    return bright / dark


@pytest.mark.parametrize(
    "together", [ROLES, MODELS, look.MUTED[:4]], ids=["roles", "models", "methods"]
)
@pytest.mark.parametrize("vision", VISIONS)
def test_colours_of_one_figure_are_told_apart_with_every_colour_vision(together, vision) -> None:
    near = [pair for pair in combinations(together, 2) if distance(*pair, vision=vision) < APART]
    assert near == []


def test_no_colour_has_two_meanings() -> None:
    kinds = (ROLES, MODELS, look.MUTED)
    near = [
        pair
        for one, other in combinations(kinds, 2)
        for pair in product(one, other)
        if distance(*pair) < APART
    ]
    assert near == []


def test_no_two_methods_are_drawn_alike_and_none_in_a_colour_that_means_something_else() -> None:
    rivals = {name: known for name, known in METHODS.items() if not known.planted}
    looks = [(known.colour.upper(), known.line) for known in rivals.values()]
    assert len(set(looks)) == len(looks)
    assert {colour for colour, _ in looks if colour.startswith("#")} <= set(look.MUTED)


def test_models_that_are_shown_together_have_colours_apart() -> None:
    names = [f"model-{number}" for number in range(4)] + ["trn", "aab", "aba"]  # sums alike
    colours = look.model_colours(names)
    assert colours["trn"] == look.GREEN and len(set(colours.values())) == 6  # of 5 others, 6 asked
    assert len(set(look.model_colours(["aab", "aba"]).values())) == 2
    assert look.model_colour("aab") == look.model_colour("aba")
    with look.showing(["aab", "aba"]):
        before = look.model_colour("aba")
        assert before != look.model_colour("aab")
        with look.showing(["abb", "baa"]):  # later ones take no colour from earlier ones
            assert look.model_colour("aba") == before
            assert len({look.model_colour(name) for name in ("aab", "aba", "abb", "baa")}) == 4
    assert look.model_colour("aab") == look.model_colour("aba")


def test_an_estimator_has_its_colour_with_and_without_its_librarys_name() -> None:
    names = ["shapiq SVARM", "playfair surrogate", "captum KernelShap", "stratified"]
    colours = estimator_colours(names)
    assert list(colours) == names and len(set(colours.values())) == 4
    assert colours["playfair surrogate"] == KNOWN["surrogate"]
    assert not {colours["shapiq SVARM"], colours["captum KernelShap"]} & set(KNOWN.values())


def test_lines_are_seen_on_the_dark_page() -> None:
    ours = [*MODELS, *look.MUTED, *look.IN_THE_DARK.values(), look.SUPPORTING, look.DISTRACTING]
    seen = [colour for colour in ours if colour not in look.IN_THE_DARK]
    assert [colour for colour in seen if contrast(colour, PAPER) < 3] == []
    assert all(contrast(colour, PAPER) < 3.2 for colour in look.IN_THE_DARK)
