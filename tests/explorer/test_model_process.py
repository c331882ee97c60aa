"""The process that has the models: who asks it, what it loads of somebody else's, that it fetches nothing."""

import json
import os
import pickle
import shutil
from pathlib import Path

import pytest

from playfair.explorer.catalogue import Catalogue
from playfair.explorer.clips import Clips
from playfair.explorer.model_process import Question
from playfair.explorer.scoring import ModelProcess
from playfair.steps import store_game
from playfair.steps.layout import Layout
from playfair.steps.made_from import MADE_FROM, read_record
from playfair.steps.manifest import MANIFEST, write_manifest
from playfair.steps.step import identity
from playfair.steps.store_game import NoModelError
from tests.explorer.conftest import CONFIGURATIONS
from tests.explorer.test_what_if import clip_of, key_of_model


class Planted:
    """Makes a folder when it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple:
        return os.mkdir, (str(self.folder),)


@pytest.fixture
def copied(tiny, tmp_path: Path) -> Catalogue:
    """The outputs of the tiny study, which a test may spoil."""
    left_out = shutil.ignore_patterns("runs", "frames")
    outputs = shutil.copytree(tiny.folder / "outputs", tmp_path / "outputs", ignore=left_out)
    return Catalogue(Layout(outputs), Clips(CONFIGURATIONS, tiny.folder / "data"))


def heads_of(catalogue: Catalogue) -> Path:
    (folder,) = (catalogue.outputs / "synthetic" / "heads").glob("trn-*")
    return folder


def test_weights_of_somebody_else_run_nothing(copied, tmp_path: Path) -> None:
    heads = heads_of(copied)
    (heads / "heads.pt").write_bytes(pickle.dumps({"weights": Planted(tmp_path / "ran")}))
    (heads / MANIFEST).unlink()
    write_manifest(heads, {})  # whoever gives it away gives the checksums too
    _, clip = clip_of(copied, key_of_model(copied, "trn"))
    process = ModelProcess()
    try:
        answer = process.answer(Question(clip, None, []), lambda: True)
    finally:
        process.end()
    assert answer is not None and answer.scores is None and "heads.pt" in answer.why
    assert not (tmp_path / "ran").exists()


def test_a_record_of_somebody_else_calls_nothing(copied, tmp_path: Path) -> None:
    heads = heads_of(copied)
    record = json.loads((heads / MADE_FROM).read_text())
    record["settings"]["model"]["head"] = {"_target_": "os.mkdir", "path": str(tmp_path / "ran")}
    record["id"] = identity(record)
    (heads / MADE_FROM).write_text(json.dumps(record))
    (heads / MANIFEST).unlink()
    write_manifest(heads, {})
    assert read_record(heads)["id"] == record["id"]
    with pytest.raises(ValueError, match=r"os\.mkdir"):
        store_game._trained(heads, record["id"])
    assert not (tmp_path / "ran").exists()


def test_no_checkpoint_is_fetched_because_a_page_is_looked_at(monkeypatch) -> None:
    hub = pytest.importorskip("huggingface_hub", reason="the extra [huggingface] is not installed")

    def fetch(*_: object, **__: object) -> None:
        pytest.fail("it was fetched")

    monkeypatch.setattr(hub, "snapshot_download", fetch)
    with pytest.raises(NoModelError, match="OWNER/NAME is not on this machine"):
        store_game._checkpoint("OWNER/NAME", ("a", "b"), "by_name", None, "float32")
