"""The worked examples of docs/examples, as they stand there."""

import runpy
import sys
from pathlib import Path

import pytest
import torch

import playfair
from playfair.steps.esv_store import open_store
from playfair.video.reader import decode
from tests.conftest import ROOT
from tests.extend.pages import files_of

EXAMPLES = ROOT / "docs" / "examples"


def written(name: str, folder: Path) -> Path:
    """The one file of a page."""
    [(file, text)] = files_of((EXAMPLES / f"{name}.md").read_text(encoding="utf-8")).items()
    (folder / file).write_text(text, encoding="utf-8")
    return folder / file


def test_there_is_no_other_example() -> None:
    assert sorted(page.stem for page in EXAMPLES.iterdir()) == ["r3d", "videollm"]


def test_a_network_of_fixed_length_is_explained_on_files(
    dataset_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    monkeypatch.chdir(tmp_path)
    script = written("r3d", tmp_path)
    clip = next(
        file
        for file in sorted((dataset_root / "20bn-something-something-v2").glob("*.webm"))
        if len(decode(file)) >= 16
    )
    monkeypatch.setattr(sys, "argv", [str(script), str(clip)])
    with torch.random.fork_rng():
        torch.manual_seed(0)
        made = runpy.run_path(str(script), run_name="__main__")
    lines = capsys.readouterr().out.splitlines()
    assert "1 video × 8 elements × 5 classes: exact, from 255 passes" in lines[0]
    answer = made["answer"]
    best = answer.top(1)[0]
    assert lines[1] == f"{clip.stem}: element {best.element}, {best.esv:+.3f}"
    n_frames = len(decode(clip))
    index = [(2 * i + 1) * n_frames // 32 for i in range(16)]
    assert answer.frame_index.flatten(1).tolist() == [index]
    pictures = torch.from_numpy(decode(clip, index, (128, 171))[:, 8:120, 29:141]).float() / 255
    mean, std = torch.tensor([0.43, 0.39, 0.38]), torch.tensor([0.23, 0.22, 0.22])
    pixels = ((pictures - mean) / std).permute(3, 0, 1, 2)[None]
    own = made["model"](pixels).softmax(-1)[0].detach()
    torch.testing.assert_close(answer.score[0], own, atol=1e-5, rtol=0)
    store = open_store(Path(lines[2].removeprefix("saved ")))
    assert store["video"].values.tolist() == [clip.stem]
    with pytest.raises(ValueError, match='removal="freeze"'):
        pairs = torch.randn(1, 8, 2, 3, 112, 112)
        playfair.explain(made["of_pairs"], pairs)


def test_frames_and_words_of_a_language_model_are_estimated_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    made = runpy.run_path(str(written("videollm", tmp_path)), run_name="__main__")
    captured = capsys.readouterr()
    lines = captured.out.splitlines()
    assert lines[0].startswith("Attribution of 1 video × 220 elements × 5 classes: estimated")
    assert lines[1] == "adds up to the score: True"
    assert "passes" in captured.err
    answer = made["answer"]
    empty = made["score"](torch.zeros(1, 220, dtype=torch.bool))[0]
    torch.testing.assert_close(answer.prior, empty)
    # An independent answer: what elements add in random orders, with errors of its own.
    generator = torch.Generator().manual_seed(1)
    orders = torch.stack([torch.randperm(220, generator=generator) for _ in range(100)])
    places = orders.argsort(1)
    inside = places[:, None, :] < torch.arange(221)[None, :, None]
    scores = made["score"](inside.flatten(0, 1)).unflatten(0, (100, 221)).double()
    added = (scores[:, 1:] - scores[:, :-1]).gather(1, places[..., None].expand(-1, -1, 5))
    spread = (added.var(0) / 100 + answer.stderr[0].double().square()).sqrt()
    off = (answer.esv[0].double() - added.mean(0)).abs() / spread
    assert (off < 1.96).double().mean() > 0.9
    error = (answer.esv[0].double() - added.mean(0)).square().mean()
    assert error < added.var(0).mean() * 220 / 1000, "orders of as many passes err more"
