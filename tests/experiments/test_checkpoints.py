"""Checkpoints through the whole pipeline: from what is typed to ESVs, reports and the explorer."""

import json
import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
import xarray as xr

import playfair
from playfair.experiments.approximation import approximation
from playfair.experiments.classes import classes
from playfair.experiments.esv import esv
from playfair.experiments.extract import extract
from playfair.experiments.interactions import interactions
from playfair.experiments.left_out import LeftOutError
from playfair.experiments.length import length
from playfair.experiments.paper import paper
from playfair.experiments.position import position
from playfair.experiments.removal import removal
from playfair.experiments.support import support
from playfair.experiments.train import train
from playfair.report.look import number
from playfair.steps.esv_store import ESVStore
from playfair.steps.esvs import head_of
from playfair.steps.shown import clips_of_block
from playfair.steps.store_game import ClipOfStore, scores_of_clip
from playfair.steps.study import Study
from playfair.video.reader import decode
from tests.checkpoints import synthetic_classes
from tests.conftest import contents, folder_of, run_warm, start_warm, studies

pytest.importorskip("transformers", reason="the extra [huggingface] is not installed")

N_VIDEOS = 12


@pytest.fixture(scope="module")
def folder(dataset_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Outputs, and a dataset: 12 clips of the validation split."""
    folder = tmp_path_factory.mktemp("checkpoints")
    shutil.copytree(dataset_root, folder / "data" / "synthetic")
    return folder


@pytest.fixture(scope="module")
def study_of(checkpoint: Callable[[str], Path], folder: Path) -> Callable[..., Study]:
    def study(family: str, *typed: str, outputs: Path = folder / "outputs") -> Study:
        places = [f"paths.data={folder / 'data'}", f"paths.outputs={outputs}"]
        written = ["dataset.write.n_train=12", "dataset.write.n_validation=12"]
        size = ["dataset.write.size=48", "dataset.workers=0"]
        path = [f"model.huggingface.path={checkpoint(family)}"]
        return studies("model=huggingface", *path, *places, *written, *size, *typed)[0]

    return study


@pytest.fixture(scope="module")
def videomae(study_of: Callable[..., Study]) -> Study:
    return study_of("videomae")


def test_a_study_is_named_by_the_last_part_of_its_path(videomae) -> None:
    assert videomae.name == "tiny-videomae"
    assert videomae.layout.folder(videomae.esvs_step(8)).name.startswith("tiny-videomae-8-frames-")
    with pytest.raises(ValueError, match="sees clips whole: it has no features of single frames"):
        extract([videomae])


def test_the_store_holds_what_the_model_computes_of_pictures_made_by_hand(videomae) -> None:
    esvs = videomae.esvs(8)
    assert dict(esvs.sizes) == {"video": 12, "element": 4, "class": 12, "bound": 2, "part": 2}
    assert esvs.attrs["frames_per_element"] == 2 and esvs.attrs["removal"] == "drop"
    assert esvs.attrs["n_frames"] == 8 and esvs.attrs["checkpoint"].endswith("tiny-videomae")
    held = esvs["element_frames"].values
    assert (held[..., 0] == esvs["frame_index"].values).all() and (
        np.diff(held.reshape(12, 8)) > 0
    ).all()
    # the clips are square, 48 pixels; the checkpoint wants 32
    data = videomae.dataset.opened
    model = head_of(videomae.head_step, videomae.layout)
    for video in (0, 7):
        uid = str(esvs["video"].values[video])
        frames = decode(data.clip(uid), held[video].ravel(), (32, 32))
        pixels = torch.from_numpy(frames).permute(0, 3, 1, 2)[None] / 255
        mean, std = torch.tensor([0.45, 0.5, 0.4]), torch.tensor([0.225, 0.25, 0.2])
        pixels = (pixels - mean.view(3, 1, 1)) / std.view(3, 1, 1)
        logits = model.model(pixels).logits.flip(1)
        assert np.allclose(esvs["score"].values[video], logits.softmax(-1)[0], atol=1e-6)
    table = esv([videomae], n_frames=8).tables["esvs"]
    assert table["max_efficiency_gap"].max() < 1e-6


@pytest.fixture(scope="module")
def answered(videomae):
    options = {"lengths": [4, 8], "frames": [8], "budgets": [100], "n_videos": 4, "repeats": 1}
    return paper([videomae], n_frames=8, **options)


def test_the_paper_asks_what_can_be_asked_and_says_what_is_left_out(answered) -> None:
    titles = [part.title for part in answered.parts]
    assert titles == [
        *("Accuracy", "Element Shapley Values", "Support", "Position", "Prior"),
        *("Classes", "Comparison", "Interactions"),
    ]
    assert "Left out: tiny-videomae: the clips it takes are of one length" in answered.summary
    assert "Type experiment=removal" in answered.summary
    assert "nothing is estimated" in answered.summary
    assert list(answered.tables["headline"].columns) == ["", "tiny-videomae"]
    assert answered.metrics["tiny-videomae_top1"] == pytest.approx(
        answered.parts[0].metrics["tiny-videomae_top1"]
    )


def test_methods_that_do_not_apply_are_left_out_and_said(answered) -> None:
    compared = next(part for part in answered.parts if part.title == "Comparison")
    methods = set(compared.tables["measures"]["method"])
    assert {"esv", "integrated_gradients", "leave_one_out", "random"} <= methods
    assert "gradcam" not in methods and "duplicates" not in compared.tables
    assert "Grad-CAM is left out" in compared.summary and "doubled frame" in compared.summary


def test_leave_one_out_leaves_out_as_the_model_removes(videomae) -> None:
    from playfair.attribution import attribute

    model = head_of(videomae.head_step, videomae.layout)
    units = videomae.shown().units([0, 5], 8, "raise")
    prior = torch.from_numpy(videomae.dataset.opened.prior())
    label = torch.tensor([3, 1])
    for removal_name in (None, "freeze"):
        values = attribute("leave_one_out", model, units, label, prior, removal=removal_name)
        game = model.game(units, prior.float(), removal=removal_name)
        without = game.scores(~torch.eye(4, dtype=torch.bool))
        whole = model(units).softmax(-1)
        for video in range(2):
            expected = whole[video, label[video]] - without[:, video, label[video]]
            assert torch.allclose(values[video], expected, atol=1e-6)


def test_the_reversed_clip_is_reversed_frame_by_frame(videomae) -> None:
    from playfair.steps.interactions import three_measures

    model = head_of(videomae.head_step, videomae.layout)
    units = videomae.shown().units([2], 8, "raise")
    prior = torch.from_numpy(videomae.dataset.opened.prior()).float()
    measures = three_measures(model, units, prior, np.array([1]), np.array([2]))
    backwards = model.as_frames(units).flip(1).unflatten(1, (4, 2))
    forth, back = (
        playfair.interactions(model, shown, prior)[0, ..., 1] for shown in (units, backwards)
    )
    assert np.allclose(measures["order"][0], (forth - back.flip(0, 1)) / 2, atol=1e-6)


def test_a_published_accuracy_stands_beside_the_measured_one(study_of) -> None:
    study = study_of("videomae", "model.huggingface.published_top1=0.7")
    result = train([study], n_frames=8)
    row = result.tables["published"].iloc[0]
    assert row["published"] == 0.7 and row["mean"] == result.metrics["tiny-videomae_top1"]
    assert result.metrics["tiny-videomae_published_top1"] == 0.7
    difference = number(100 * (0.7 - row["mean"]))
    assert any(
        f"below what was published, 70.0 %: the difference is {difference} percentage points"
        in finding
        for finding in result.findings
    )


def test_scores_are_the_same_before_and_after_there_are_esvs(study_of, tmp_path, videomae) -> None:
    fresh = study_of("videomae", outputs=tmp_path)
    before = train([fresh], n_frames=8).tables["accuracy"]
    after = train([videomae], n_frames=8).tables["accuracy"]
    pd.testing.assert_frame_equal(before, after)


def test_length_and_estimates_are_asked_where_a_model_takes_any_length(study_of) -> None:
    study = study_of("vjepa2")
    result = length([study], lengths=[3, 4, 8])
    assert set(result.tables["length"]["frames"]) == {4, 8}
    assert "tiny-vjepa2 would be wrong about them: 3 frames" in result.summary
    with pytest.raises(LeftOutError, match="of one length"):
        length([study], lengths=[3, 8])
    table = approximation([study], frames=[3, 16], budgets=[100], n_videos=2).tables[
        "approximation"
    ]
    assert set(table["frames"]) == {16} and (table["error"] < 1).any()


@pytest.mark.parametrize(
    ("family", "removals", "checks"),
    [
        ("videomae", ["drop", "freeze", "blank"], 2),
        ("vjepa2", ["drop", "delete", "freeze", "blank"], 3),
        ("timesformer", ["drop", "freeze", "blank"], 1),
    ],
)
def test_removal_is_asked_in_every_way_that_a_model_stands(
    study_of, family, removals, checks
) -> None:
    study = study_of(family)
    model = head_of(study.head_step, study.layout)
    result = removal([study], n_frames=model.n_frames, n_videos=6)
    table = result.tables["removal"]
    assert list(dict.fromkeys(table["removal"])) == removals
    assert set(table["elements"]) == {1, 2, 4}
    whole = table[(table["elements"] == 4) & (table["measure"] == "score")]
    assert np.ptp(whole["mean"]) < 1e-6, "with all elements left every removal is none"
    asked = result.tables["checks"].set_index("measure")
    assert asked["check"].nunique() == checks
    shares = asked.loc[["agreement"]]
    # Wilson's: even where all six agree, the interval has a width
    assert (shares["high"] - shares["low"]).min() > 0.3 and shares["high"].max() <= 1
    assert asked["low"].min() >= 0
    assert "2 of 4 elements left" in result.findings[0] and "Type removal=" in result.findings[0]


def test_what_is_typed_of_a_checkpoint_reaches_its_model(study_of) -> None:
    typed = ["model.huggingface.dtype=bfloat16", "model.huggingface.frames_per_element=4"]
    study = study_of("videomae", *typed)
    model = head_of(study.head_step, study.layout)
    assert model.dtype == torch.bfloat16 and model.frames_per_element == 4


def test_another_removal_is_another_store(study_of, videomae) -> None:
    frozen = study_of("videomae", "removal=freeze")
    store = frozen.layout.folder(frozen.esvs_step(8))
    assert store.name.startswith("tiny-videomae-8-frames-freeze-")
    esvs = frozen.esvs(8)
    assert esvs.attrs["removal"] == "freeze"
    assert np.abs(esvs["esv"].values - videomae.esvs(8)["esv"].values).max() > 1e-3
    assert np.allclose(esvs["score"].values, videomae.esvs(8)["score"].values, atol=1e-6)


@pytest.mark.parametrize(
    "family",
    [
        pytest.param("timesformer", marks=pytest.mark.whole),
        "vivit",
        pytest.param("videoprism", marks=pytest.mark.whole),
    ],
)
def test_every_family_makes_a_store_that_adds_up(study_of, family) -> None:
    study = study_of(family)
    model = head_of(study.head_step, study.layout)
    result = esv([study], n_frames=model.n_frames)
    assert result.metrics["max_efficiency_gap"] < 1e-6
    together = model.frames_per_element
    assert ("element_frames" in study.esvs(model.n_frames)) == (together > 1)
    position([study], n_frames=model.n_frames)
    classes([study], n_frames=model.n_frames)
    interactions([study], n_frames=model.n_frames)


def test_other_lengths_are_refused_before_anything_is_explained(study_of) -> None:
    for family, n_frames, told in (
        ("videomae", 6, "Type n_frames=8"),
        ("timesformer", 8, "Type n_frames=4"),
    ):
        study = study_of(family)
        with pytest.raises(ValueError, match=told):
            study.esvs(n_frames)
        assert not (study.layout.folder(study.esvs_step(n_frames)) / "zarr.json").exists()
    with pytest.raises(ValueError, match="Exact ESVs of 21 elements of 2 frames need 2.21 scores"):
        study_of("vjepa2").esvs_step(42)


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of 5 clips of the tiny checkpoints."""
    monkeypatch.setattr("playfair.steps.shown.BLOCK_BYTES", 5 * 3 * 32 * 32 * 8)


def test_what_was_cut_short_is_finished_to_the_same_bytes(study_of, tmp_path, small_blocks) -> None:
    study = study_of("videomae", outputs=tmp_path)
    study.esvs(8)
    store = study.layout.folder(study.esvs_step(8))
    whole = contents(store)
    assert len(list((store / "esv" / "c").iterdir())) == 3
    (store / "written" / "c" / "1").unlink()
    shutil.rmtree(store / "esv" / "c" / "1")
    again = study_of("videomae", outputs=tmp_path)
    assert ESVStore(store).missing() == [1]
    again.esvs(8)
    assert contents(store) == whole


def test_small_blocks_change_nothing_beyond_rounding(
    study_of, tmp_path, small_blocks, videomae
) -> None:
    study = study_of("videomae", outputs=tmp_path)
    for name in ("esv", "score"):
        assert np.allclose(study.esvs(8)[name].values, videomae.esvs(8)[name].values, atol=1e-6)
    assert clips_of_block((32, 32), 8) == 5


def test_a_clip_that_cannot_be_decoded_costs_the_others_nothing(
    study_of, folder, tmp_path, videomae, monkeypatch
) -> None:
    from playfair.video import fitted
    from playfair.video.reader import VideoError

    usual = fitted.sample_frames
    esvs = videomae.esvs(8)
    broken = str(esvs["video"].values[4])

    def damaged(path: Path, *given: object) -> np.ndarray:
        if Path(path).stem == broken:
            raise VideoError(f"{path}: cannot be decoded")
        return usual(path, *given)

    monkeypatch.setattr(fitted, "sample_frames", damaged)
    study = study_of("videomae", outputs=tmp_path)
    left = study.esvs(8)
    assert left.attrs["unexplained"] == [broken] and left.sizes["video"] == N_VIDEOS - 1
    others = (
        esvs.drop_sel(video=broken)
        if "video" in esvs.indexes
        else esvs.isel(video=np.flatnonzero(esvs["video"].values != broken))
    )
    assert np.array_equal(left["esv"].values, others["esv"].values)
    assert "could not be explained" in study.workplace.faults[0]


def test_the_explorer_asks_the_weights_that_a_store_is_of(study_of, tmp_path) -> None:
    """Those of its dtype: in another, scores differ by more than rounding."""
    options = ("dtype=bfloat16", "frames_per_element=4")
    typed = [f"model.huggingface.{option}" for option in options]
    study = study_of("vjepa2", *typed, outputs=tmp_path)
    esvs = study.esvs(8)
    first = esvs.isel(video=0)
    prior = esvs["prior"].values
    score = prior + first["esv"].sum("element").values
    clip = ClipOfStore(
        store=study.layout.folder(study.esvs_step(8)),
        uid=str(first["video"].values),
        place=0,
        n_clips=N_VIDEOS,
        file=study.dataset.opened.clip(str(first["video"].values)),
        frame_index=first["element_frames"].values,
        prior=prior,
        score=score,
        class_names=tuple(study.dataset.opened.class_names),
    )
    table = scores_of_clip(clip, None)
    np.testing.assert_allclose(table[[0, 3]], [prior, score], atol=1e-6)
    only_first, only_last = table[1] - prior, table[2] - prior
    by_hand = np.stack([only_first + score - table[2], only_last + score - table[1]]) / 2
    np.testing.assert_allclose(first["esv"].values, by_hand, atol=1e-6)


def test_a_copied_store_opens_without_its_checkpoint(
    study_of, checkpoint, tmp_path, videomae
) -> None:
    esvs = videomae.esvs(8)
    outputs = tmp_path / "outputs"
    shutil.copytree(videomae.layout.outputs, outputs, ignore=shutil.ignore_patterns("pretrained"))
    study = study_of("videomae", "model.huggingface.path=nowhere/tiny-videomae", outputs=outputs)
    assert np.array_equal(study.esvs(8)["esv"].values, esvs["esv"].values)
    result = position([study], n_frames=8)
    assert result.findings
    with pytest.raises(
        ValueError, match="hf download nowhere/tiny-videomae|There is no checkpoint"
    ):
        study.esvs(10)


def test_damage_is_told_and_repaired(study_of, tmp_path) -> None:
    from playfair.steps.damage import DamageError
    from playfair.steps.repair import repair

    study = study_of("vivit", outputs=tmp_path)
    lengths = study.layout.folder(study.shown_step)
    checked = study.layout.folder(study.head_step)
    usual = study.shown().lengths.tolist()
    for folder, name in ((lengths, "lengths.json"), (checked, "checked.json")):
        file = folder / name
        whole = file.read_bytes()
        file.write_bytes(whole[:-9])
        again = study_of("vivit", outputs=tmp_path)
        with pytest.raises(DamageError) as told:
            again.shown()
        assert name in str(told.value)
        repair(folder, [told.value], [again])
        assert file.read_bytes() == whole
    assert study_of("vivit", outputs=tmp_path).shown().lengths.tolist() == usual


def test_without_the_extra_it_is_asked_for(study_of, checkpoint, monkeypatch, tmp_path) -> None:
    import sys

    from playfair.launch.errors import message

    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(ModuleNotFoundError) as missing:
        study_of("vivit", outputs=tmp_path).esvs(8)
    assert "pip install 'playfair[huggingface]'" in message(missing.value)


def test_clips_of_too_few_frames_are_told(study_of) -> None:
    study = study_of("vjepa2", "estimator=sampled", "estimator.budget=64")
    with pytest.raises(ValueError, match="shorter than n_frames=64: the longest has"):
        study.esvs(64)


def test_pairs_are_drawn_as_pairs(videomae) -> None:
    from playfair.report.figures.strips import strips_figure

    result = support([videomae], n_frames=8)
    strip = result.strips[0]
    assert strip.frame_index.shape == (4, 2) and strip.frames.shape == (4, 96, 48, 3)
    axes = strips_figure(result.strips[:1]).axes
    names = [label.get_text() for label in axes[-1].get_xticklabels()]
    assert names == [f"{first}, {second}" for first, second in strip.frame_index.tolist()]
    assert len(axes[0].images) == 4
    figure = strips_figure(result.strips[:1])
    figure.draw_without_rendering()
    bars = next(axes for axes in figure.axes if axes.get_ylabel() == "ESV")
    name = next(text for text in figure.texts if text.get_text().replace("\n", "") == videomae.name)
    place = name.get_window_extent()
    assert place.x0 > bars.get_window_extent().x1, "a long name lies beside the bars, not over them"
    assert place.x1 <= figure.bbox.x1


def test_the_explorer_shows_which_frames_an_element_holds(videomae) -> None:
    from playfair.explorer.catalogue import Catalogue
    from playfair.explorer.clip_head import clip_head
    from playfair.explorer.clips import Clips, Source
    from playfair.explorer.esvs_figure import esvs_figure
    from playfair.explorer.scene import scene_of
    from playfair.explorer.view import View

    esvs = videomae.esvs(8)
    uid = str(esvs["video"].values[0])
    source = Source(videomae.dataset.root, lambda *_, **__: videomae.dataset.opened)
    catalogue = Catalogue(
        videomae.layout, Clips(Path("nowhere"), Path("nowhere"), {"synthetic": source})
    )
    key = f"synthetic/{videomae.layout.folder(videomae.esvs_step(8)).name}"
    scene = scene_of(View.of(f"?page=clip&esvs={key}&clip={uid}"), catalogue)
    clip = scene.first.clip(uid)
    held = esvs["element_frames"].values[0]
    assert clip.names == [f"{first}, {second}" for first, second in held.tolist()]
    assert "8 frames are explained in 4 elements of 2" in str(clip_head(scene, catalogue, clip))
    plot = esvs_figure(clip, [0], scene.first.class_names, (-1, 1))
    assert plot["layout"]["xaxis"]["ticktext"] == clip.names
    from playfair.explorer.film_strip import over_frames

    shown = str(over_frames(scene, catalogue, clip, clip.esv[:, 0], 1.0, plot, "esvs-0"))
    listed = ",".join(str(frame) for frame in held.ravel())
    assert f"?frames={listed})" in shown and "96 / 48" in shown
    assert scene.entry.command("esv").startswith(
        "python run.py experiment=esv dataset=synthetic model=huggingface n_frames=8 "
        "model.huggingface.path="
    )


def test_it_is_typed_like_any_other(checkpoint, folder, tmp_path) -> None:
    places = [f"paths.data={folder / 'data'}", "dataset.workers=2"]
    written = ["dataset.write.n_train=12", "dataset.write.n_validation=12", "dataset.write.size=48"]
    path = f"model.huggingface.path={checkpoint('videomae')}"
    typed = ["experiment=esv", "model=huggingface", path, *places, *written]
    done = run_warm(*typed, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    store = folder_of(tmp_path, "esvs", "tiny-videomae-8-frames")
    assert "torchvision" not in done.stderr
    made_from = json.loads((store / "made_from.json").read_text())
    assert set(made_from["inputs"]) == {"head", "lengths"}
    assert str(checkpoint("videomae")) not in json.dumps(made_from), (
        "known by content, not by place"
    )
    assert xr.open_zarr(store).sizes["element"] == 4


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (
            ["model=huggingface"],
            "model=huggingface is a checkpoint. Type model.huggingface.path=FOLDER",
        ),
        (["model=huggingface", "model.huggingface.path=/no/such"], "There is no folder /no/such"),
        (["n_frames=null"], "Expected n_frames to be a whole number, 1 or more, got n_frames=null"),
    ],
)
def test_what_is_missing_is_asked_for(tmp_path, typed, told) -> None:
    done = run_warm("experiment=esv", *typed, cwd=tmp_path)
    assert done.returncode == 2 and told in done.stderr.replace("\n", " "), done.stderr


@pytest.mark.parametrize(
    ("config", "told"),
    [
        (None, "holds no model: there is no config.json"),
        ({"model_type": "vivit", "num_frames": 8}, "holds no weights: expected model.safetensors"),
        (
            {"model_type": "bert", "architectures": ["BertForMaskedLM"]},
            "holds a BertForMaskedLM, which is no video classifier that transformers knows",
        ),
    ],
)
def test_a_folder_of_something_else_is_told_as_that(tmp_path, folder, config, told) -> None:
    path = tmp_path / "some-model"
    path.mkdir()
    if config is not None:
        (path / "config.json").write_text(json.dumps(config))
    places = [f"paths.data={folder / 'data'}", f"paths.outputs={tmp_path}"]
    written = ["dataset.write.n_train=12", "dataset.write.n_validation=12", "dataset.write.size=48"]
    model = ["model=huggingface", f"model.huggingface.path={path}"]
    with pytest.raises(ValueError, match=told):
        studies(*model, *places, *written)[0].esvs(8)


@pytest.mark.parametrize("preset", ["videomae_ssv2", "timesformer_ssv2", "vjepa2_ssv2"])
def test_presets_hold_an_id_a_licence_and_the_published_accuracy(preset) -> None:
    study = studies(f"model={preset}")[0]
    assert study.name == str(study.model["path"]).partition("/")[2]
    assert study.model["licence"] and 0.5 < study.model["published_top1"] < 0.8


@pytest.fixture(scope="module")
def large(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What is typed for a checkpoint of large pictures: 12 clips are 3 blocks."""
    from tests.checkpoints import write_checkpoint, write_preprocess

    path = tmp_path_factory.mktemp("large") / "large-videomae"
    write_checkpoint(path, "videomae", synthetic_classes(), image_size=384, patch_size=192)
    write_preprocess(path, 384)
    assert clips_of_block((384, 384), 8) == 4
    places = [f"paths.data={folder / 'data'}", "dataset.workers=1", "trainer.accelerator=cpu"]
    written = ["dataset.write.n_train=12", "dataset.write.n_validation=12", "dataset.write.size=48"]
    model = ["model=huggingface", f"model.huggingface.path={path}"]
    return ["experiment=esv", *model, *places, *written]


@pytest.mark.slow  # resuming is tested in one process above; ranks of heads in test_distributed.py
def test_ranks_and_a_kill_leave_the_bytes_of_one_undisturbed_run(large, tmp_path: Path) -> None:
    alone, ranks, killed = (tmp_path / name for name in ("alone", "ranks", "killed"))
    for place in (alone, ranks, killed):
        place.mkdir()
    for place, more in ((alone, []), (ranks, ["trainer=ddp", "trainer.devices=2"])):
        done = run_warm(*large, *more, cwd=place)
        assert done.returncode == 0, done.stderr
    run = start_warm(*large, cwd=killed)
    while not list(killed.glob("outputs/synthetic/esvs/*/written/c/*")):
        time.sleep(0.01)
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    store = folder_of(killed, "esvs", "large-videomae-8-frames")
    assert ESVStore(store).missing(), "it was killed too late to show anything"
    done = run_warm(*large, cwd=killed)
    assert done.returncode == 0, done.stderr
    whole = contents(folder_of(alone, "esvs", "large-videomae-8-frames"))
    for place in (ranks, killed):
        assert contents(folder_of(place, "esvs", "large-videomae-8-frames")) == whole


def test_an_approximation_at_lengths_that_none_takes_names_the_models_own(study_of) -> None:
    with pytest.raises(
        ValueError, match=r"takes none of \[16\] frames\. Type experiment\.frames=\[4\]"
    ):
        approximation([study_of("timesformer")], frames=[16], budgets=[100], n_videos=2)


def test_what_a_checkpoint_needs_not_is_not_announced(checkpoint, capsys) -> None:
    """Such as features, of which nothing is made."""
    from playfair.launch import announcement
    from tests.launch.test_terminal import cfg, studies

    typed = ["experiment=extract", "model=huggingface"]
    typed.append(f"model.huggingface.path={checkpoint('vivit')}")
    announcement.print_stock(cfg(*typed), studies(*typed))
    assert "to be made" not in capsys.readouterr().out
