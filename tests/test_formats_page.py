"""docs/formats.md lists the arrays of an ESV store, with their axes and kinds, and all folders."""

import re
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from playfair.steps.clip_stamps import RULES
from playfair.steps.esv_creation import create_store
from tests.pages import text_of

PAGE = text_of("docs/formats.md")


def listed() -> dict[str, tuple[str, str]]:
    """Array → its axes and kind, as the page says them."""
    table = PAGE.split("| array |")[1].split("\n\n")[0].splitlines()[2:]
    arrays = {}
    for line in table:
        names, axes, kind, _ = (cell.strip() for cell in line.strip("|").split("|"))
        of_each = axes.split("; ") * (1 if "; " in axes else 9)
        arrays |= {
            name: (own, kind)
            for name, own in zip(re.findall(r"`(\w+)`", names), of_each, strict=False)
        }
    return arrays


@pytest.mark.parametrize("frames_per_element", [1, 2])
def test_the_page_lists_the_arrays_of_a_store(frames_per_element: int, tmp_path: Path) -> None:
    store = create_store(
        tmp_path / "store",
        uids=["a", "b", "c"],
        labels=np.zeros(3, int),
        prior=np.full(2, 0.5),
        class_names=["left", "right"],
        n_frames=4,
        with_errors=True,
        frames_per_element=frames_per_element,
    )
    arrays = xr.open_zarr(store.path)
    of_parts = arrays.variables.keys() - listed().keys()
    assert of_parts == ({"element_frames"} if frames_per_element > 1 else set())
    assert arrays.attrs["frames_per_element"] == frames_per_element
    by_block = re.search(r"((`\w+`, )+`\w+` and `\w+`) have a chunk for each\s+block", PAGE)
    assert by_block is not None
    said = re.findall(r"`(\w+)`", by_block[1])
    assert set(arrays.attrs["arrays_by_block"]) == set(said) - ({"element_frames"} - of_parts)
    for name, (axes, kind) in listed().items():
        assert ", ".join(arrays[name].dims) == axes, name
        assert kind == "str" or arrays[name].dtype == kind, name


def test_the_page_names_every_kind_of_folder() -> None:
    assert {f"{kind}/" for kind in (*RULES, "pretrained")} <= set(re.findall(r"`(\w+/)`", PAGE))
