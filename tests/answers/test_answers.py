"""What an answer is good for: every number that is shown equals one of its tensors."""

import re
import urllib.request
from dataclasses import replace
from html import unescape
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import playfair
from playfair.answers.clips import SavedClips, saved_in
from playfair.answers.figure import as_pictures
from playfair.models.callable import CallableVideoModel
from playfair.models.video_model import Preprocess
from playfair.steps.esv_store import open_store
from playfair.steps.manifest import MANIFEST
from playfair.video.reader import count_frames, decode


def answer(n_videos: int = 2, n_elements: int = 4, budget: int | None = None):
    x = torch.randn(n_videos, n_elements, 3, generator=torch.Generator().manual_seed(0)) * 3
    return playfair.explain(lambda x: x.mean(1), x, budget=budget)


def test_no_prior_is_uniform_and_the_answer_says_so():
    ours = answer()
    torch.testing.assert_close(ours.prior, torch.full((3,), 1 / 3))
    assert ours.prior_from == "uniform" and ours.removal == "delete"
    assert repr(ours) == (
        "Attribution of 2 videos × 4 elements × 3 classes: exact, from 15 passes a video; prior "
        "uniform"
    )
    total = ours.esv.sum(1) + ours.prior
    torch.testing.assert_close(total, ours.score)
    heads = playfair.TSN(3, 5).eval()
    assert len(playfair.explain(heads, torch.randn(1, 2, 3)).prior) == 5
    given = playfair.explain(lambda x: x.mean(1), torch.randn(1, 2, 3), torch.ones(3) / 3)
    assert given.prior_from == "given"


def test_the_top_are_those_of_the_predicted_class_in_order():
    ours = answer()
    for video in range(2):
        label = int(ours.score[video].argmax())
        expected = ours.esv[video, :, label].sort(descending=True)
        top = ours.top(3, video=video)
        assert [one.element for one in top] == expected.indices[:3].tolist()
        assert [one.esv for one in top] == expected.values[:3].tolist()
        assert {one.label for one in top} == {label} and top[0].stderr is None
    assert len(ours.top(99)) == 8 and ours.top(1, label=2)[0].label == 2
    sampled = answer(1, 30, budget=300)
    best = sampled.top(1)[0]
    assert best.stderr == sampled.stderr[0, best.element, best.label].item()


@pytest.mark.parametrize("budget", [None, 300])
def test_tables_hold_every_value(budget):
    ours = replace(answer(2, 30 if budget else 4, budget), class_names=("a", "b", "c"))
    table = ours.to_dataframe()
    for row in table.sample(20, random_state=0).itertuples():
        place = row.video, row.element, row[3]
        assert row.esv == ours.esv[place].item()
        assert row.class_name == "abc"[row[3]]
        assert row.score == ours.score[row.video, row[3]].item()
        if budget:
            assert row.stderr == ours.stderr[place].item()
    assert len(table) == ours.esv.numel()
    arrays = ours.to_xarray()
    np.testing.assert_array_equal(arrays["esv"], ours.esv)
    np.testing.assert_array_equal(arrays["prior"], ours.prior)
    assert ("stderr" in arrays) == bool(budget)
    assert arrays.attrs["prior_from"] == "uniform"


def test_a_notebook_shows_each_video_and_escapes_names():
    ours = replace(answer(), class_names=("<b>", "b", "c"), videos=("<script>", "two"))
    page = ours._repr_html_()
    assert "<script>" not in page and "&lt;script&gt;" in page
    label = int(ours.score[0].argmax())
    values = re.findall(r"element \d: ([+-][\d.]+)", unescape(page))
    assert values[:4] == [f"{value:+.4f}" for value in ours.esv[0, :, label].tolist()]


def test_a_plot_has_a_bar_for_each_element_and_its_picture():
    ours = answer()
    pictures = torch.rand(4, 3, 8, 9)
    strip, bars = ours.plot(pictures, video=1).axes
    label = int(ours.score[1].argmax())
    heights = [bar.get_height() for bar in bars.patches]
    np.testing.assert_allclose(heights, ours.esv[1, :, label], rtol=1e-6)
    assert strip.images[0].get_array().shape == (8, 36, 3)
    assert len(ours.plot().axes) == 1
    with pytest.raises(ValueError, match=r"\(element, height, width, 3\) with 4 elements"):
        ours.plot(pictures[:3])


def test_a_saved_answer_is_a_store_with_its_pictures(tmp_path):
    ours = answer()
    frames = torch.zeros(2, 4, 16, 20, 3, dtype=torch.uint8)
    frames[1, 2] = 255
    folder = ours.save(tmp_path, frames, model="my model")
    store = open_store(folder)
    np.testing.assert_array_equal(store["esv"], ours.esv)
    np.testing.assert_array_equal(store["score"], ours.score)
    np.testing.assert_allclose(store["prior"], ours.prior)
    assert store["frame_index"].values.tolist() == [[0, 1, 2, 3]] * 2
    assert folder.name.startswith("my-model-4-frames-")
    [root] = saved_in(tmp_path)
    clip = SavedClips(root).clip("1")
    brightness = decode(clip).reshape(4, -1).mean(1)
    assert brightness[2] > 240 and brightness[[0, 1, 3]].max() < 20
    assert ours.save(tmp_path, frames, model="my model") == folder, "twice is once"


def test_a_saving_that_was_killed_is_finished_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("playfair.answers.folder.write_manifest", kill)
        answer().save(tmp_path)
    folder = answer().save(tmp_path)
    assert (folder / MANIFEST).exists() and open_store(folder).sizes["video"] == 2


def test_the_explorer_opens_a_saved_answer(tmp_path):
    ours = answer(1)
    address = ours.explore(torch.rand(1, 4, 16, 16, 3))
    page = urllib.request.urlopen(address, timeout=10).read()
    assert b"<html" in page.lower()
    [folder] = saved_in(Path(address_folder()))
    key = next((folder / "esvs").iterdir()).name
    clip = urllib.request.urlopen(f"{address}/clips/{folder.name}/{key}/0", timeout=10)
    assert clip.headers["Content-Type"] == "video/webm" and len(clip.read()) > 100
    strip = urllib.request.urlopen(f"{address}/strips/{folder.name}/{key}/0?frames=0,3", timeout=10)
    assert strip.headers["Content-Type"] == "image/jpeg"


def address_folder() -> str:
    from playfair.answers.browser import _folders

    return _folders[-1].name


class Brightness(nn.Module):
    """Pixels to three logits, by the mean of each colour."""

    def forward(self, pixels):
        return pixels.flatten(1, -4).mean((1, 3, 4)) if pixels.ndim == 5 else None


def test_files_are_explained_as_their_frames(dataset_root, tmp_path):
    files = sorted((dataset_root / "20bn-something-something-v2").glob("*.webm"))[:3]
    model = Brightness().eval()
    ours = playfair.explain_videos(model, files, n_frames=4)
    assert ours.videos == tuple(file.stem for file in files) and ours.clips == tuple(files)
    for video, file in enumerate(files):
        n_frames = count_frames(file)
        index = [(2 * i + 1) * n_frames // 8 for i in range(4)]
        assert ours.frame_index[video].tolist() == index
        pixels = torch.from_numpy(decode(file, index)).movedim(-1, 1).float() / 255
        own = model(pixels[None]).softmax(-1)[0]
        torch.testing.assert_close(ours.score[video], own)
    folder = ours.save(tmp_path)
    store = open_store(folder)
    assert store["frame_index"].values.tolist() == ours.frame_index.tolist()
    [root] = saved_in(tmp_path)
    assert SavedClips(root).clip(files[0].stem).read_bytes() == files[0].read_bytes()
    one = playfair.explain_videos(model, files[0], n_frames=4, class_names="rgb")
    torch.testing.assert_close(one.esv[0], ours.esv[0])
    assert one.class_names == ("r", "g", "b")


def test_a_models_own_preprocessing_is_used_and_a_callables_is_given(dataset_root):
    file = min((dataset_root / "20bn-something-something-v2").glob("*.webm"))
    sizes = Preprocess((24, 30), (20, 20), (0.5, 0.5, 0.5), (0.25, 0.25, 0.25))
    shown = []

    def model(pixels):
        shown.append(pixels)
        return (
            pixels.flatten(1, -4).mean((1, 3, 4)) if pixels.ndim == 5 else pixels.mean((1, 2, 4, 5))
        )

    given = playfair.explain_videos(model, file, n_frames=4, preprocess=sizes)
    assert shown[0].shape == (1, 4, 3, 20, 20)
    pictures = decode(file, given.frame_index[0].tolist(), (24, 30))[:, 2:22, 5:25]
    expected = (torch.from_numpy(pictures).movedim(-1, 1).float() / 255 - 0.5) / 0.25
    torch.testing.assert_close(shown[0][0], expected)
    own = CallableVideoModel(model, 3, preprocess=sizes).eval()
    torch.testing.assert_close(playfair.explain_videos(own, file, n_frames=4).esv, given.esv)
    shown.clear()
    playfair.explain_videos(model, file, n_frames=4, preprocess=Preprocess(short_side=24))
    assert min(shown[0].shape[-2:]) == 24
    by_hand = playfair.explain_videos(
        model, file, n_frames=4, preprocess=lambda x: x.movedim(-1, 1).float()
    )
    assert by_hand.esv.shape == (1, 4, 3)
    pairs = playfair.explain_videos(model, file, n_frames=4, frames_per_element=2)
    assert pairs.esv.shape == (1, 2, 3)
    assert pairs.frame_index[0].flatten().tolist() == given.frame_index[0].tolist()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"n_frames": 10_000}, r"3\.webm: the clip has \d+ frames, n_frames=10000"),
        ({"n_frames": 5, "frames_per_element": 2}, "do not make whole ones; type n_frames=4"),
        ({"n_frames": 4, "preprocess": Preprocess(crop=(999, 999))}, "is larger than the picture"),
        ({"n_frames": 4, "preprocess": lambda x: None}, "preprocess must turn"),
        ({"n_frames": 4, "class_names": ["a"]}, "names of 3 classes, got 1"),
    ],
)
def test_what_does_not_fit_a_clip_is_refused(clip, options, says):
    with pytest.raises(ValueError, match=says):
        playfair.explain_videos(Brightness().eval(), [clip], **options)


def test_files_that_are_not_there_are_refused(tmp_path):
    with pytest.raises(ValueError, match="nowhere"):
        playfair.explain_videos(Brightness().eval(), tmp_path / "nowhere.mp4", n_frames=4)
    with pytest.raises(ValueError, match="at least one file"):
        playfair.explain_videos(Brightness().eval(), [], n_frames=4)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"k": -1}, "k must be a number of elements, 1 or more; got -1"),
        ({"video": 2}, "video must be the place of one of 2 videos, 0 to 1, or None; got 2"),
        ({"video": -1}, "video must be the place of one of 2 videos"),
        ({"label": 3}, "label must be the place of one of 3 classes, 0 to 2, or None; got 3"),
        ({"label": True}, "label must be"),
    ],
)
def test_what_there_is_none_of_is_told(asked: dict[str, int], told: str) -> None:
    answer = playfair.explain(lambda x: x.mean(1), torch.randn(2, 4, 3))
    with pytest.raises(ValueError, match=told):
        answer.top(**asked)
    if "k" not in asked:
        with pytest.raises(ValueError, match=told):
            answer.plot(**asked)


def test_normalised_pictures_are_stretched_and_that_is_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    pictures = np.zeros((2, 4, 4, 3))
    pictures[0] = -2
    pictures[1] = 2.5
    assert [picture.max() for picture in as_pictures(pictures, 2)] == [0, 255]
    assert "between -2 and 2.5 instead of 0 and 1" in caplog.text
    caplog.clear()
    assert as_pictures(pictures.clip(0, 1), 2).max() == 255 and not caplog.text
    with pytest.raises(ValueError, match="NaN or infinity"):
        as_pictures(pictures * np.nan, 2)


def test_a_port_that_there_is_none_of_is_told() -> None:
    answer = playfair.explain(lambda x: x.mean(1), torch.randn(1, 4, 3))
    for port in (99_999, -1):
        with pytest.raises(ValueError, match="port must be a whole number from 0 .* to 65535"):
            answer.explore(port=port)


def test_a_folder_that_is_not_there_is_not_explored(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"outputs must be a folder that answer\.save.*nowhere"):
        playfair.explore_folder(tmp_path / "nowhere", port=0, block=False)


@pytest.mark.parametrize("wrong", [{"n_frames": 0}, {"frames_per_element": -1}])
def test_a_number_of_frames_that_means_nothing_is_told(wrong: dict[str, int]) -> None:
    [name] = wrong
    with pytest.raises(ValueError, match=f"{name} must be a number of frames, 1 or more"):
        playfair.explain_videos(lambda x: x, ["a.mp4"], **{"n_frames": 4, **wrong})
