"""What a study's steps are known by: what changes the result, and nothing else."""

import json
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from playfair.datasets.synthetic import write
from playfair.shapley.exact import MAX_FRAMES
from playfair.steps.esvs import MOST_EXACT
from playfair.steps.layout import NotAtHandError
from playfair.steps.removals import require_removal
from playfair.steps.step import record
from playfair.steps.study import Study
from tests.conftest import TINY
from tests.conftest import studies as composed


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The synthetic dataset of the tiny study."""
    folder = tmp_path_factory.mktemp("data")
    write(folder / "synthetic", n_train=24, n_validation=12, size=32, workers=1, progress=False)
    return folder


def studies(data: Path, *typed: str) -> list[Study]:
    """Studies as they are built from what is typed."""
    places = [f"paths.data={data}", f"paths.outputs={data / 'outputs'}"]
    options = [option for option in TINY if ".tsn." not in option]
    return composed("model=trn", *options, *places, *typed)


def ids(data: Path, *typed: str) -> dict[str, str]:
    """The id of every step of the study."""
    study = studies(data, *typed)[0]
    steps = {
        "frames": study.frames_step("train"),
        "video": study.video_step,
        "features": study.features_step("train"),
        "heads": study.head_step,
        "esvs": study.esvs_step(4),
    }
    return {name: record(step)["id"] for name, step in steps.items()}


def test_clips_that_are_written_after_stores_were_read_without_them_are_found(
    data: Path, tmp_path: Path
) -> None:
    """A copied `outputs/` asks for its clips before there are any; what is missing writes them."""
    [study] = studies(tmp_path)

    def build(what: dict) -> Any:
        written = what is study.dataset.config["write"]
        link = partial(Path.symlink_to, target=data / "synthetic")
        return link if written else study.dataset.build(what)

    dataset = replace(study.dataset, build=build)
    assert dataset.clip_paths("validation") is None and dataset.clips_now("train") is None
    assert dataset.provide()
    assert len(dataset.clip_paths("validation")) == 12 and len(dataset.clips_now("train")) == 24


ALL = {"frames", "video", "features", "heads", "esvs"}


@pytest.mark.parametrize(
    ("typed", "others"),
    [
        ("seed=1", ALL - {"frames"}),
        ("model.trn.training.batch_size=16", ALL - {"frames"}),
        ("model.trn.training.optimizer.lr=1", ALL - {"frames"}),
        ("model.trn.head.hidden_dim=64", ALL - {"frames"}),
        ("model.trn.backbone.feature_dim=128", ALL - {"frames"}),
        ("trainer.precision=bf16-mixed", ALL - {"frames"}),
        ("+trainer.limit_train_batches=1", ALL - {"frames"}),
        ("dataset.frame_size=[48,48]", ALL),
        ("dataset.feature_dtype=float16", {"features", "heads", "esvs"}),
        ("model.trn.heads.epochs=2", {"heads", "esvs"}),
        ("estimator.budget=64", {"esvs"}),
        ("removal=freeze", {"esvs"}),
        ("estimator.precision=bfloat16", {"esvs"}),
        ("batch_size=7", {"esvs"}),
        ("split=train", {"esvs"}),
        ("dataset.short=repeat", {"esvs"}),
    ],
)
def test_another_value_is_another_artefact_and_all_before_it_is_shared(
    data: Path, typed: str, others: set[str]
) -> None:
    usual = ids(data)
    changed = ids(data, typed)
    assert {name for name in usual if usual[name] != changed[name]} == others


@pytest.mark.parametrize(
    "typed",
    [
        "trainer.devices=2",
        "trainer.accelerator=cpu",
        "trainer=ddp",
        "trainer.log_every_n_steps=7",
        "+trainer.enable_checkpointing=true",
        "dataset.workers=5",
        "dataset.broken=fail",
        "paths.outputs=elsewhere",
        "n_frames=7",
    ],
)
def test_where_and_how_it_runs_is_no_other_artefact(data: Path, typed: str) -> None:
    assert ids(data) == ids(data, typed)


def test_a_dataset_is_known_by_its_content_and_not_by_its_place(data: Path, tmp_path: Path) -> None:
    (tmp_path / "moved").symlink_to(data / "synthetic")
    assert ids(data) == ids(data, f"dataset.root={tmp_path / 'moved'}")
    other = tmp_path / "other"
    write(other, n_train=24, n_validation=12, size=32, seed=1, workers=1, progress=False)
    evidence = ids(data, f"dataset.root={other}")
    assert not evidence.items() & ids(data).items()


def test_a_split_a_length_and_a_budget_have_stores_of_their_own_with_readable_names(
    data: Path,
) -> None:
    options = [(), ("split=train",), ("estimator=sampled",), ("removal=freeze",), ("seed=2",)]
    labels = [studies(data, *typed)[0].esvs_step(8).label for typed in options]
    assert labels == [
        "trn-8-frames",
        "trn-8-frames-train",
        "trn-8-frames-budget-1000",
        "trn-8-frames-freeze",
        "trn-seed-2-8-frames",
    ]
    assert studies(data)[0].esvs_step(1).label == "trn-1-frame"


def test_seeds_ask_for_a_study_each_on_one_dataset(data: Path) -> None:
    of_seeds = studies(data, "seeds=3")
    assert [(study.name, study.seed) for study in of_seeds] == [("trn", 0), ("trn", 1), ("trn", 2)]
    frames = {record(study.frames_step("train"))["id"] for study in of_seeds}
    heads = {record(study.head_step)["id"] for study in of_seeds}
    assert len(frames) == 1 and len(heads) == 3


def test_weights_to_begin_from_are_known_by_their_content_and_not_by_their_place(
    data: Path, tmp_path: Path
) -> None:
    def video_id(file: Path) -> str:
        typed = ["backbone@model.trn.backbone=resnet18", f"model.trn.backbone.weights={file}"]
        return str(record(studies(data, *typed)[0].video_step)["id"])

    contents = {"a": b"some weights", "moved": b"some weights", "other": b"other weights"}
    for name, content in contents.items():
        (tmp_path / f"{name}.pth").write_bytes(content)
    a, moved, other = (video_id(tmp_path / f"{name}.pth") for name in contents)
    assert a == moved and a != other


def test_weights_that_are_gone_are_named_where_nothing_was_made_from_them(
    data: Path, tmp_path: Path
) -> None:
    missing = tmp_path / "gone.pth"
    typed = ["backbone@model.trn.backbone=resnet18", f"model.trn.backbone.weights={missing}"]
    study = studies(data, *typed)[0]
    with pytest.raises(NotAtHandError, match=rf"no file of weights at {missing}"):
        study.layout.folder(study.video_step)


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("model.trn.head.n_max=9", "Type model.trn.training.n_frames=9"),
        ("trainer.precision=bf16-true", "32-true, bf16-mixed, 16-mixed"),
        (
            "dataset.broken=ignore",
            "Expected dataset.broken=skip or fail, got dataset.broken=ignore",
        ),
        ("dataset.short=pad", "Expected dataset.short=skip or repeat, got dataset.short=pad"),
    ],
)
def test_what_no_study_can_be_made_of_is_refused_at_once(
    data: Path, typed: str, answer: str
) -> None:
    with pytest.raises(ValueError, match=answer.replace("[", r"\[")):
        studies(data, typed)


def test_other_test_clips_are_another_artefact_of_the_test_split_alone(
    data: Path, tmp_path: Path
) -> None:
    def features(root: Path) -> list[str]:
        study = studies(data, f"dataset.root={root}")[0]
        steps = [study.features_step("test"), study.features_step("validation")]
        return [record(step)["id"] for step in steps]

    root = tmp_path / "more"
    shutil.copytree(data / "synthetic", root)
    before = features(root)
    label = json.loads((root / "labels" / "validation.json").read_text())[0]
    (root / "labels" / "test.json").write_text(json.dumps([{"id": label["id"]}]))
    after = features(root)
    assert before[0] != after[0] and before[1] == after[1]


def test_more_frames_than_can_be_done_exactly_are_refused_before_anything_is_built(
    data: Path,
) -> None:
    study = studies(data)[0]
    with pytest.raises(ValueError, match=r"2\^21 scores.*estimator=sampled.*n_frames=20"):
        study.esvs(21)
    assert not (data / "outputs").exists()
    assert studies(data, "estimator=sampled")[0].esvs_step(21).n_frames == 21


def test_as_many_frames_are_exact_as_the_engine_says() -> None:
    assert MOST_EXACT == MAX_FRAMES


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (
            ["model=both", "removal=drop"],
            "tsn knows the removals delete, freeze, blank, its own first; got removal=drop. "
            "Type removal=delete",
        ),
        (
            ["model=huggingface", "removal=delete"],
            "knows the removals drop, freeze, blank, its own first; got removal=delete",
        ),
        (
            ["model=huggingface", "model.huggingface.frames_per_element=4", "removal=delete"],
            "knows the removals drop, freeze, blank, its own first",
        ),
    ],
)
def test_a_removal_that_a_model_does_not_stand_is_refused_before_any_step(
    typed: list[str], told: str, tmp_path: Path
) -> None:
    config = {"model_type": "videomae", "num_frames": 8, "tubelet_size": 2}
    (tmp_path / "config.json").write_text(json.dumps(config))
    if "model=huggingface" in typed:
        typed = [*typed, f"model.huggingface.path={tmp_path}"]
    with pytest.raises(ValueError, match=told):
        composed(*typed)


def test_a_removal_is_judged_by_what_a_head_says_of_itself() -> None:
    heads = {"playfair.TSN": "freeze", f"{__name__}.Fixed": "freeze", "elsewhere.head": "drop"}
    for target, removal in heads.items():
        require_removal("mine", {"head": {"_target_": target}}, removal)
    with pytest.raises(ValueError, match="mine knows the removals freeze, its own first"):
        require_removal("mine", {"head": {"_target_": f"{__name__}.Fixed"}}, "delete")


class Fixed:
    removals = ("freeze",)
