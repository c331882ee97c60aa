"""A checkpoint is known by its content, and a clip's length by its packets."""

import shutil
from pathlib import Path

import numpy as np
import xarray as xr

from playfair.analysis.evidence import evidence_of
from playfair.steps.obtain import obtain
from playfair.steps.pretrained import Pretrained
from playfair.steps.step import UNKNOWN, record
from playfair.steps.workplace import Workplace
from playfair.targets import instantiate
from playfair.video.reader import count_frames
from tests.conftest import studies
from tests.steps.toys import ToyData


def identity(folder: Path, **options: object) -> str:
    """The id of a checkpoint's step, with more of its configuration."""
    config = {"path": str(folder), **options}
    step = Pretrained("huggingface", config, ToyData(), Workplace(instantiate, {}))
    return str(record(step)["id"])


def test_a_checkpoint_may_be_moved_and_its_content_may_not_change(checkpoint, tmp_path) -> None:
    usual = identity(checkpoint("videomae"))
    moved = Path(shutil.copytree(checkpoint("videomae"), tmp_path / "moved"))
    assert identity(moved) == usual != UNKNOWN
    for name in ("model.safetensors", "config.json", "preprocessor_config.json"):
        changed = Path(shutil.copytree(moved, tmp_path / f"changed-{name}"))
        (changed / name).write_bytes((changed / name).read_bytes() + b" ")
        assert identity(changed) != usual, name
    others = {"frames_per_element": 4, "classes": "by_order", "dtype": "bfloat16"}
    for option, value in others.items():
        assert identity(moved, **{option: value}) != usual, option
    usually = {"frames_per_element": None, "classes": "by_name", "dtype": "float32"}
    assert identity(moved, **usually, published_top1=0.5) == usual
    assert identity(tmp_path / "nowhere") == UNKNOWN


def test_the_length_of_a_clip_is_its_packets_and_of_a_broken_one_0(
    dataset_root, tmp_path, caplog
) -> None:
    root = Path(shutil.copytree(dataset_root, tmp_path / "data" / "synthetic"))
    places = [f"paths.data={root.parent}", f"paths.outputs={tmp_path / 'outputs'}"]
    written = ["dataset.write=null", "dataset.counts=null"]
    study = studies("model=huggingface", "model.huggingface.path=x", *places, *written)[0]
    data = study.dataset.opened
    uids = data.split("validation").uids
    data.clip(str(uids[3])).write_bytes(b"no video")
    lengths, skipped = obtain(study.shown_step, study.layout)
    assert lengths[3] == 0 and list(skipped) == [3]
    assert "1 clip of the validation split is left out:" in caplog.text
    others = [clip for clip in range(len(uids)) if clip != 3]
    assert lengths[others].tolist() == [count_frames(data.clip(str(uids[clip]))) for clip in others]


def test_an_element_decides_where_any_of_its_frames_does() -> None:
    held = np.array([[[0, 4], [8, 12], [16, 20]]])
    esvs = xr.Dataset(
        {
            "evidence": (("video", "bound"), np.array([[4, 12]])),
            "frame_index": (("video", "element"), held[..., 0]),
            "element_frames": (("video", "element", "part"), held),
        }
    )
    evidence = evidence_of(esvs)
    assert evidence is not None
    assert evidence.inside.tolist() == [[True, True, False]]
    assert evidence_of(esvs.drop_vars("element_frames")).inside.tolist() == [[False, True, False]]
