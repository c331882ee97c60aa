"""Clips of any folder or list through the whole pipeline, and in the explorer."""

import json
import shutil
from pathlib import Path

import pytest
from PIL import Image

from playfair.datasets.clips import open_dataset
from playfair.datasets.synthetic import open_dataset as open_synthetic
from playfair.explorer.catalogue import Catalogue
from playfair.explorer.clips import Clips, Source
from playfair.explorer.media import clip_url, strip_url
from playfair.explorer.server import build
from playfair.steps.layout import Layout
from playfair.video.reader import decode
from tests.clips import encoded
from tests.conftest import run_warm
from tests.explorer.conftest import CONFIGURATIONS

QUICK = [
    "model=tsn",
    "recipe@model.tsn=tsn_synthetic",
    "model.tsn.training.epochs=1",
    "dataset.frame_size=[32,32]",
    "dataset.workers=0",
    "n_frames=4",
]
NAMES = [
    "it's",
    "50% off",
    "a#1?b=c&d",
    "café",
    'say "hi"',
    "take 2",
    "P01_01_0",
    "<b>",
    "a+b;c",
    "x.y",
]


# ending → codec and FFmpeg's name of the container; "" is a folder of pictures
CONTAINERS = {
    ".webm": ("libvpx-vp9", "webm"),
    ".mp4": ("libx264", "mp4"),
    ".mkv": ("libx264", "matroska"),
    ".avi": ("mpeg4", "avi"),
    "": None,
}


PLAYED = {".webm": "video/webm", ".mp4": "video/mp4"}


def kept_as(ending: str, clip: Path, place: Path) -> None:
    """Writes a clip's frames as a file of another kind, or as pictures."""
    if ending == ".webm":
        shutil.copy(clip, f"{place}.webm")
    elif ending:
        codec, container_format = CONTAINERS[ending]
        encoded(f"{place}{ending}", codec, list(decode(clip)), container_format)
    else:
        place.mkdir()
        for number, frame in enumerate(decode(clip)):
            Image.fromarray(frame).save(place / f"{number:03}.png")


@pytest.fixture(scope="module")
def root(dataset_root, tmp_path_factory) -> Path:
    """Clips of all kinds in class folders in splits, some with names that are hard to address."""
    folder = tmp_path_factory.mktemp("any") / "my clips"
    synthetic = open_synthetic(dataset_root)
    for split in ("train", "validation"):
        uids = synthetic.split(split).uids.tolist()[:10]
        for uid, name, ending in zip(uids, NAMES, 2 * list(CONTAINERS), strict=True):
            place = folder / split / f"class {int(uid) % 2}"
            place.mkdir(parents=True, exist_ok=True)
            kept_as(ending, synthetic.clip(uid), place / name)
    return folder


@pytest.fixture(scope="module")
def study(root) -> Path:
    """Where experiment=position has trained a model on the folder and explained it."""
    done = run_warm(
        "dataset=clips", f"dataset.root={root.name}", *QUICK, "experiment=position", cwd=root.parent
    )
    assert done.returncode == 0, done.stderr
    return root.parent


def test_a_folder_of_classes_is_trained_on_and_explained(study) -> None:
    (run,) = (study / "outputs" / "my-clips" / "runs").glob("position_*")
    metrics = json.loads((run / "metrics.json").read_text())
    places = [metrics[f"tsn_supporting_{place}"] for place in ("first", "middle", "last")]
    assert sum(places) == pytest.approx(1)
    assert "class frequencies of the 10 training clips" in (run / "report.html").read_text()


def test_the_explorer_shows_clips_of_any_name(study, root) -> None:
    source = Source(root, open_dataset)
    clips = Clips(CONFIGURATIONS, study, {"my-clips": source})
    catalogue = Catalogue(Layout(study / "outputs"), clips)
    browser = build(catalogue).test_client()
    (key,) = catalogue.contents().entries
    dataset = open_dataset(root)
    uids = dataset.split("validation").uids.tolist()
    assert len(uids) == len(NAMES)
    for uid in uids:
        clip = browser.get(clip_url(key, uid))
        place = dataset.clip(uid)
        assert clip.status_code == (404 if place.is_dir() else 200), uid
        assert clip.mimetype == PLAYED.get(place.suffix, clip.mimetype), uid
        strip = browser.get(strip_url(key, uid, [0, 3]))
        assert strip.status_code == 200 and strip.mimetype == "image/jpeg", uid


def test_clips_without_classes_are_explained_for_the_class_predicted(
    root, checkpoint, tmp_path
) -> None:
    plain = tmp_path / "plain"
    plain.mkdir()
    for number, ending in enumerate([".webm", ".mp4", ".avi"]):
        shutil.copy(next((root / "validation").rglob(f"*{ending}")), plain / f"{number}{ending}")
    typed = [
        "dataset=clips",
        f"dataset.root={plain}",
        "model=huggingface",
        f"model.huggingface.path={checkpoint('videomae')}",
        "dataset.workers=0",
    ]
    done = run_warm(*typed, "experiment=esv", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (run,) = (tmp_path / "outputs" / "plain" / "runs").glob("esv_*")
    metrics = json.loads((run / "metrics.json").read_text())
    assert metrics["tiny-videomae_videos"] == 3 and "tiny-videomae_top1" not in metrics
    assert "explained for the class predicted" in (run / "report.html").read_text()
    refused = run_warm(*typed, "experiment=support", cwd=tmp_path)
    assert refused.returncode == 2
    assert "no clip of the validation split has one" in refused.stderr


def test_a_run_without_training_clips_says_what_to_type(root, tmp_path) -> None:
    done = run_warm(
        "dataset=clips",
        f"dataset.root={root / 'validation'}",
        *QUICK,
        "experiment=train",
        cwd=tmp_path,
    )
    assert done.returncode == 2 and "dataset.train_share=0.8" in done.stderr
