"""What a stranger types, and what the terminal answers."""

import pytest

from tests.conftest import run_py


def test_run_alone_lists_the_experiments(tmp_path) -> None:
    done = run_py(cwd=tmp_path)
    assert done.returncode == 0
    for name in ("train", "extract", "esv", "position", "paper"):
        assert f"experiment={name}" in done.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("experiment=positon", "There is no experiment=positon. Did you mean position?"),
        ("modle=trn", "There is no option modle. Did you mean model?"),
        ("model=tnr", "There is no model=tnr. Did you mean trn or tsn?"),
        ("n_framse=3", "There is no option n_framse. Did you mean n_frames?"),
        ("model.trn.heads.epoch=3", "Did you mean model.trn.heads.epochs?"),
        ("position", "got 'position'. Did you mean experiment=position?"),
        ("n_frames=4", "Expected experiment=…, one of benchmark, "),
    ],
)
def test_a_misspelt_word_is_answered_with_the_nearest_right_one(tmp_path, typed: str, answer: str) -> None:
    options = [typed] if typed in ("position", "n_frames=4") or "experiment" in typed else ["experiment=esv", typed]
    refused = run_py(*options, cwd=tmp_path)
    assert refused.returncode == 2
    assert answer in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("missing", ["nowhere", "empty"])
def test_a_dataset_that_is_not_there_is_answered_with_what_to_type(tmp_path, missing: str) -> None:
    (tmp_path / "empty").mkdir()
    refused = run_py("experiment=extract", "dataset=something_something_v2", f"dataset.root={missing}", cwd=tmp_path)
    assert refused.returncode == 2
    assert missing in refused.stderr and "dataset.root=" in refused.stderr and "Traceback" not in refused.stderr
