"""What a stranger types, and what the terminal answers."""

import re
from contextlib import nullcontext

import pytest
import torch
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from playfair.launch.check import check_experiment, check_values
from playfair.launch.errors import teaching
from playfair.steps.supervisor import WorkerError
from tests.conftest import ROOT, run_py, run_warm


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
        ("model.tsn.training.epochs=3", "it belongs to model=tsn and model=both."),
        ("position", "got 'position'. Type: python run.py experiment=position"),
        ("n_frames=4", "Expected experiment=…, one of "),
    ],
)
def test_a_misspelt_word_is_answered_with_the_nearest_right_one(
    tmp_path, typed: str, answer: str
) -> None:
    options = (
        [typed]
        if typed in ("position", "n_frames=4") or "experiment" in typed
        else ["experiment=esv", typed]
    )
    # one in a Python of its own, in which nothing is imported
    run = run_py if typed == "modle=trn" else run_warm
    refused = run(*options, cwd=tmp_path)
    assert refused.returncode == 2
    assert answer in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("n_frames=abc", "Expected n_frames to be a whole number, 1 or more, got n_frames=abc."),
        ("n_frames=2.5", "a whole number"),
        ("n_frames=0", "1 or more"),
        ("seed=-1", "Expected seed to be a whole number, 0 or more"),
        ("split=val", "Expected split to be train, validation or test, got split=val."),
        ("removal=remove", "Expected removal to be drop, delete, freeze or blank, or null, got"),
        ("removal=null", ""),
        ("removal=drop split=test", ""),
        ("dataset.decode_once=maybe", "true or false"),
        ("experiment=doctor experiment.full=maybe", "true or false"),
        ("experiment=length experiment.lengths=[]", "a list, such as"),
        ("experiment=length experiment.lengths=[0,1]", "each 1 or more"),
        (
            "experiment=doctor dataset.augment.shift=far",
            "Expected dataset.augment.shift to be a number",
        ),
        ("dataset.frame_size=64", "a list of 2"),
        ("model.trn.training.optimizer.lr=fast", "to be a number"),
        ("estimator.budget=0", "1 or more"),
        ("logger=wandb logger.mode=on", "Expected logger.mode to be online, offline, disabled,"),
        (
            "experiment=comparison experiment.n_videos=0",
            "Expected experiment.n_videos to be a whole number, 1 or more",
        ),
        ("experiment=approximation experiment.repeats=0", "1 or more"),
        ("experiment=explorer experiment.port=-1", "0 or more"),
        ("trainer.devices=auto", ""),
        ("logger=wandb logger.tags=one logger.project=null", ""),
        ("model.trn.training.optimizer.lr=1", ""),
        ("dataset.frame_size=[32,32]", ""),
    ],
)
def test_a_value_of_another_kind_than_the_options_is_refused_by_name(
    typed: str, answer: str
) -> None:
    options = ["experiment=esv", *typed.split()]
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        cfg = compose("config", options)
        with pytest.raises(ValueError, match=re.escape(answer)) if answer else nullcontext():
            check_values(cfg)


@pytest.mark.parametrize(
    ("typed", "value", "answer"),
    [
        ("experiment.frames", [8, 8], "each 1 or more, none twice, got experiment.frames=[8,8]."),
        ("experiment.long_frames", [], ""),
        ("experiment.long_videos", 0, "a whole number, 1 or more, got"),
        ("experiment.peer_draws", [1], "a whole number, 1 or more, got"),
        ("experiment.dead_zone", 1.5, "a number from 0 to 1, got experiment.dead_zone=1.5."),
        ("experiment.dead_zone", float("nan"), "a number from 0 to 1, got"),
        ("experiment.serve_seconds", -1, "a number, 0 or more, or null, got"),
        ("experiment.export", "", "a word, or null, got experiment.export=."),
        ("experiment.full", -1, "true or false, got experiment.full=-1."),
        ("experiment.full", 1, ""),
        ("rank_timeout", float("inf"), "a number, 5 or more, got rank_timeout=inf."),
        ("start", -2, "a number, 0 or more, or null, got start=-2."),
        ("stop", 0, "a number above 0, or null, got stop=0."),
        ("objective", "", "a word, or null, got objective=."),
        ("paths.outputs", "", "a word, got paths.outputs=."),
        ("plugins", ["a.py", ""], "a list, such as [my_plugin.py], got"),
        ("dataset.broken", "abc", "skip or fail, got"),
        ("dataset.counts.train", -1, "a whole number, 0 or more, got"),
        ("dataset.augment.scales", [1, 0], "such as [1, 0.875], each above 0, got"),
        ("dataset.augment.flip", 2, "a number from 0 to 1, got"),
        ("dataset.augment.flip", 1, ""),
        (
            "trainer.accelerator",
            "abc",
            "auto, cpu, gpu, cuda, mps or tpu, got trainer.accelerator=abc.",
        ),
        ("estimator.precision", "half", "float32 or bfloat16, got"),
        ("model.trn.training.optimizer.lr", 0, ""),
        ("model.trn.training.clip", 0, ""),  # Lightning's word for none
        ("model.trn.training.clip", -1, "a number, 0 or more, or null, got"),
        ("experiment.lengths", [1, None], "each 1 or more, got experiment.lengths=[1,null]."),
        ("seed", None, "0 or more, got seed=null."),
        ("model.trn.head.dropout", -1, "a number from 0 to 1, got"),
        ("model.trn.published_top1", 70.8, "a number from 0 to 1, or null, got"),
    ],
)
def test_a_value_out_of_an_options_bounds_is_refused_by_name(
    typed: str, value: object, answer: str
) -> None:
    cfg = OmegaConf.create()
    OmegaConf.update(cfg, typed, value)
    told = re.escape(answer)
    with (
        pytest.raises(ValueError, match=f"Expected {typed} to be .*{told}")
        if answer
        else nullcontext()
    ):
        check_values(cfg)


def test_words_of_a_plug_ins_experiment_are_its_own() -> None:
    options = ["experiment=benchmark", "experiment.peers=mine"]
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        ours = compose("config", options)
    with pytest.raises(ValueError, match="experiment.peers to be none, one, short"):
        check_values(ours)
    theirs = ours.copy()
    theirs.experiment._target_ = "mine.speed"
    check_values(theirs)


@pytest.mark.parametrize(
    ("typed", "read"), [(1, 1.0), ([1, 0.5], [1.0, 0.5]), ("0.5", 0.5), ([1], [1.0])]
)
def test_what_can_be_read_as_an_options_kind_is_written_so(typed: object, read: object) -> None:
    name = "scales" if isinstance(typed, list) else "shift"
    cfg = OmegaConf.create({"dataset": {"augment": {name: typed}}})
    check_values(cfg)
    assert repr(OmegaConf.to_container(cfg)["dataset"]["augment"][name]) == repr(read)


def greet(
    studies: list[str],
    *,
    times: int,
    share: float | None,
    loud: bool,
    n: int | None = None,
    clips: int | list[int] | None = None,
) -> None:
    """A plug-in's experiment."""


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ({"times": 3, "share": 1, "loud": "yes", "n": None}, ""),
        ({"times": "abc"}, "Expected experiment.times to be a whole number, got experiment.times=abc."),
        ({"share": "x"}, "Expected experiment.share to be a number, or null, got"),
        ({"loud": [1]}, "true or false, got experiment.loud=[1]."),
        ({"times": None}, "a whole number, got experiment.times=null."),
        ({"studies": 1, "other": 2, "clips": [1, 2]}, ""),
        ({"_target_": "builtins.dict", "times": "abc"}, ""),
        ({"_target_": "tests.launch.not_there.greet", "times": "abc"}, ""),
    ],
)  # fmt: skip
def test_a_plug_ins_experiment_is_held_against_its_own_arguments(typed, answer: str) -> None:
    options = OmegaConf.create({"_target_": f"{__name__}.greet", **typed})
    with pytest.raises(ValueError, match=re.escape(answer)) if answer else nullcontext():
        check_experiment(options)
    if "loud" in typed and not answer:
        assert (options.loud, options.share) == (True, 1.0)


def test_who_typed_how_many_clips_are_written_is_told_of_that_option() -> None:
    """What doctor expects is made of it."""
    written = {"n_train": -1, "n_validation": 2}
    cfg = OmegaConf.create({"dataset": {"counts": {"train": -1}, "write": written}})
    with pytest.raises(ValueError, match=r"^Expected dataset.write.n_train to be"):
        check_values(cfg)


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("n_frames=abc", "Expected n_frames to be a whole number"),
        ("model.trn.head.n_max=9", "model.trn.training.n_frames=9"),
        ("trainer.devices=0,1", "a list is [0,1]"),
        ("trainer.accelerator=gpu", "trainer.accelerator=cpu"),
        ("trainer.precision=bf16-true", "32-true, bf16-mixed, 16-mixed"),
        ("watch_esvs=5", "logger=wandb"),
    ],
)
def test_what_will_not_do_is_told_before_anything_is_built(
    tmp_path, typed: str, answer: str
) -> None:
    if typed == "trainer.accelerator=gpu" and torch.cuda.is_available():
        pytest.skip("here it will do")
    refused = run_warm("experiment=esv", typed, cwd=tmp_path)
    assert refused.returncode == 2
    assert answer in refused.stderr and "Traceback" not in refused.stderr
    assert not (tmp_path / "data").exists()


def test_a_rank_that_was_killed_is_told_without_our_own_traceback(capsys) -> None:
    def main() -> None:
        raise WorkerError(
            "rank 1 was killed by SIGKILL.\nWhat was finished is kept: type the same command again"
        )

    assert teaching(main) == 2
    told = capsys.readouterr().err
    assert (
        told.startswith("rank 1 was killed")
        and "Traceback" not in told
        and "paths.outputs" not in told
    )


@pytest.mark.parametrize(
    ("experiment", "missing"), [("extract", "nowhere"), ("extract", "empty"), ("esv", "nowhere")]
)
def test_a_dataset_that_is_not_there_is_answered_with_what_to_type(
    tmp_path, experiment: str, missing: str
) -> None:
    (tmp_path / "empty").mkdir()
    refused = run_warm(
        f"experiment={experiment}",
        "dataset=something_something_v2",
        f"dataset.root={missing}",
        cwd=tmp_path,
    )
    assert refused.returncode == 2
    assert (
        f"{missing}: " in refused.stderr
        and "Name the dataset's folder with dataset.root=" in refused.stderr
    )
    assert "Traceback" not in refused.stderr


def test_points_that_differ_in_their_number_of_devices_have_a_folder_each(tmp_path) -> None:
    nowhere = ["dataset=something_something_v2", "dataset.root=nowhere"]
    failed = run_warm("-m", "experiment=esv", "trainer.devices=1,0", *nowhere, cwd=tmp_path)
    assert failed.returncode == 2 and "2 points of the sweep failed" in failed.stderr
    points = (tmp_path / "outputs/something_something_v2/runs/esv_sweep").glob("*/")
    assert sorted(point.name.split(",")[-1] for point in points) == [
        "trainer.devices=0",
        "trainer.devices=1",
    ]


def test_options_that_a_folders_name_has_no_room_for_are_told_apart_by_a_digest(tmp_path) -> None:
    many = [f"{name}={10**60}" for name in ("n_frames", "batch_size", "model.trn.heads.epochs")]
    nowhere = ["dataset=something_something_v2", "dataset.root=nowhere"]
    failed = run_warm("-m", "experiment=esv", "seed=1,0", *many, *nowhere, cwd=tmp_path)
    assert failed.returncode == 2 and "2 points of the sweep failed" in failed.stderr
    points = (tmp_path / "outputs/something_something_v2/runs/esv_sweep").glob("*/failed.json")
    names = {point.parent.name for point in points}
    assert len(names) == 2 and max(map(len, names)) <= 200
