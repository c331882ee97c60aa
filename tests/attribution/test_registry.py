"""An attribution method is one function and one decorator, and is then everywhere."""

from pathlib import Path

import numpy as np
import pytest
import torch
from matplotlib.colors import to_rgba

from playfair.analysis.comparison import curve_means, length_alone, means
from playfair.analysis.curves import orders
from playfair.analysis.duplicates import credit_of_copies, shared_credit
from playfair.analysis.measures import measured
from playfair.attribution import METHODS, Asked, attribute, check_methods, method, registry
from playfair.report.figures.comparison import measures_figure
from playfair.report.figures.curves import curves_figure

HEAD = lambda x: x.mean(1)  # noqa: E731
PRIOR = torch.tensor([0.5, 0.5])


@pytest.fixture
def first():
    """A method of one's own, forgotten after the test."""
    before = dict(METHODS)

    @method("first", title="first frame", unit="probability", colour="#123456")
    def first_frame(asked: Asked):
        return torch.eye(asked.n_frames)[:1].expand(asked.n_videos, -1)

    yield
    METHODS.clear()
    METHODS.update(before)


def test_a_method_of_ones_own_answers_by_its_name(first):
    ours = attribute("first", HEAD, torch.rand(2, 3, 2), torch.tensor([0, 1]), PRIOR)
    assert ours.tolist() == [[1, 0, 0]] * 2
    assert next(iter(METHODS)) == "esv" and list(METHODS)[-1] == "first"


def test_a_method_of_ones_own_is_in_both_figures_in_its_own_colour(first):
    rng = np.random.default_rng(0)
    attributions = {"esv": rng.random((5, 3)), "first": rng.random((5, 3))}
    order = {name: orders(values, rng) for name, values in attributions.items()}
    frozen = {name: rng.random((5, 4)) for name in attributions}
    compared = measured(attributions, order, rng.random((5, 8)), None, frozen)
    top = order["first"][:, 0]
    credit = shared_credit(credit_of_copies(attributions["first"], rng.random((5, 4)), top))
    tables = [
        table.assign(model="tsn")
        for table in (means(compared), credit.assign(method="first"), curve_means(compared))
    ]
    dots = measures_figure(tables[0], tables[1])
    assert [label.get_text() for label in dots.axes[0].get_yticklabels()] == ["ESV", "first frame"]
    curves = curves_figure(tables[2], length_alone(compared).assign(model="tsn"))
    lines = {line.get_label(): line.get_color() for line in curves.axes[0].get_lines()}
    assert to_rgba(lines["first frame"]) == to_rgba("#123456")


@pytest.mark.parametrize("methods", ["esv", 5])
def test_what_is_no_list_of_methods_is_refused(methods):
    with pytest.raises(ValueError, match="Expected a list"):
        check_methods(methods)


def test_a_method_without_a_colour_or_with_a_taken_name_or_another_shape_is_refused(first):
    with pytest.raises(ValueError, match="lacks colour"):
        method("mine", title="mine", unit="")

    def of_asked(asked: Asked):
        return asked.features

    of_asked.__qualname__ = "of_asked"  # as that of ours
    with pytest.raises(ValueError, match="already"):
        method("gradcam", title="Grad-CAM", unit="", colour="0.5")(of_asked)
    method("whole", title="whole", unit="", colour="0.5")(lambda asked: asked.features)
    with pytest.raises(ValueError, match=r"must return \(video, frame\) = \(1, 3\)"):
        attribute("whole", HEAD, torch.rand(1, 3, 2), torch.tensor([0]), PRIOR)


def test_every_method_of_the_paper_is_a_file_of_its_own():
    folder = Path(registry.__file__).parent
    assert {"esv", "gradcam", "uniform"} <= {file.stem for file in folder.glob("*.py")}
