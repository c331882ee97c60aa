"""docs/weights.md says what is: layouts, lines to type, the script that writes features."""

import pickle
import re
import shlex

import numpy as np
import pytest

from playfair.models.layouts import LAYOUTS, layout_of
from playfair.models.weights_file import STATES
from playfair.steps.features_file import opened
from tests.conftest import ROOT, studies

PAGE = (ROOT / "docs" / "weights.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.split("## What can be loaded")[1].split("\n## ")[0].splitlines()
    if line.startswith("| ") and not line.startswith("| whose")
]


def test_every_layout_that_is_loaded_is_in_the_table_and_no_other() -> None:
    assert {row[0] for row in ROWS} == {row.whose for row in LAYOUTS if not row.refused}
    for key in STATES:
        assert f"`{key}`" in PAGE


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_layout_is_known_by_the_names_of_the_page(row: list[str]) -> None:
    for begin in re.findall(r"`([^`]+)`", row[1]):
        of_one = {"consensus.fc_fusion_scales.": "0.1.weight", "scales.": "0.hidden.weight"}
        name = begin + of_one.get(begin, "weight")
        if begin == "classifier.":  # a linear layer alone, as torchvision's are called too
            continue
        assert layout_of([name]).whose == row[0]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_what_is_to_be_typed_names_a_study(row: list[str]) -> None:
    typed = shlex.split(row[3].strip("`"))
    (study,) = studies("dataset=something_something_v2", *typed)
    head = study.model["head"]
    if "heads" in row[2]:
        assert head["files"]
        assert bool(head.get("rectified")) is ("2 to 8" in row[2])
    if row[2].endswith("backbone, head"):
        assert head["file"] == study.model["backbone"]["weights"] == "FILE"
        assert study.model["backbone"]["feature_dim"] is None


def test_the_command_names_a_study() -> None:
    (line,) = re.findall(r"```bash\npython run.py (.*)\n```", PAGE)
    (study,) = studies(*shlex.split(line))
    assert study.model["backbone"]["weights"].startswith("package://")


def test_the_script_writes_features_that_are_read(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    rows = np.arange(12, dtype=np.float32).reshape(3, 4)
    clips = [{"features": rows, "uid": 7, "label": 2}, {"features": rows[:2], "uid": 8, "label": 0}]
    (tmp_path / "features.pkl").write_bytes(pickle.dumps(clips))
    (script,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(script, {})
    with opened(tmp_path / "features.hdf") as splits:
        split = splits["validation"]
        assert split.uids == ["7", "8"] and split.labels["action"].tolist() == [2, 0]
        np.testing.assert_array_equal(split.read([0, 1])[0], rows)
