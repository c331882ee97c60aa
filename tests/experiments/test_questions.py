"""What the experiments on support, classes and length refuse, through the command line."""

import re

import pytest

from playfair.experiments.comparison import comparison


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (
            ["experiment=support", "experiment.clips=[99]"],
            r"no clip '99' among its \d+.*Type experiment.clips=",
        ),
        (
            ["experiment=support", "experiment.clips=601"],
            r"a list, such as \[601, 602\], got experiment.clips=601",
        ),
        (
            ["experiment=classes", "experiment.classes=[]"],
            r"a list, such as .*, got experiment.classes=\[\]",
        ),
        (
            ["experiment=classes", "experiment.classes=['Moving something pu']"],
            r"no class .*such as: .*something up",
        ),
        (
            ["experiment=length", "experiment.lengths=[2,99]"],
            r"the longest has \d\d. Type experiment.lengths=\[2,\d\d\]",
        ),
        (
            ["experiment=length", "experiment.lengths=[0,2]"],
            r"each 1 or more, got experiment.lengths=\[0,2\]",
        ),
    ],
)
def test_what_is_not_there_is_refused_with_what_is(tiny, options: list[str], told: str) -> None:
    refused = tiny(*options)
    assert refused.returncode == 2
    assert re.search(told, refused.stderr) and "Traceback" not in refused.stderr


def test_a_method_is_not_compared_with_itself() -> None:
    with pytest.raises(ValueError, match=r"got experiment.methods=\[esv\]"):
        comparison([], n_frames=4, methods=["esv", "esv"])
