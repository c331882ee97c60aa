"""An extension that is not what it should be is told what it lacks, in one message."""

import re
from pathlib import Path

import pytest

from tests.conftest import run_warm
from tests.extend.pages import commands, files, write_files


def refused(folder: Path, *words: str) -> str:
    """What a run that is refused says, without where it happened."""
    done = run_warm(*words, cwd=folder)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr.partition("(Where it happened")[0]


def spoilt(page: str, file: str, folder: Path, *changes: tuple[str, str]) -> list[str]:
    """Writes a page's files with changes in one of them, and says what is typed."""
    write_files(page, folder)
    text = files(page)[file]
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (folder / file).write_text(text, encoding="utf-8")
    return [*commands(page)[0], "n_frames=4"]


def test_a_dataset_without_clip_is_told_the_method_and_its_shape(tmp_path: Path) -> None:
    typed = spoilt("dataset", "folder_of_clips.py", tmp_path, ("clip(", "video("))
    (tmp_path / "data" / "gestures").mkdir(parents=True)
    (tmp_path / "data" / "gestures" / "labels.csv").write_text("clip,split,class\na.mp4,train,A\n")
    (tmp_path / "data" / "gestures" / "a.mp4").touch()
    said = refused(tmp_path, *typed)
    assert "FolderOfClips is no Dataset" in said and "clip(uid) -> Path" in said


def test_a_dataset_without_a_recipe_is_told_which_one_to_take(tmp_path: Path) -> None:
    write_files("dataset", tmp_path)
    typed = [word for word in commands("dataset")[0] if not word.startswith("recipe")]
    said = refused(tmp_path, *typed)
    assert "There is no recipe=tsn_gestures" in said
    assert "type recipe@model.tsn=tsn_synthetic" in said


def test_a_method_without_title_is_told_what_to_write(tmp_path: Path) -> None:
    typed = spoilt(
        "method", "gradient_times_input.py", tmp_path, ('title="Gradient × input", ', "")
    )
    said = refused(tmp_path, *typed)
    assert re.search(r"gradient_times_input.py, line \d+\)", said) and "lacks title" in said
    assert "type @method('gradient_times_input', title=\"…\"" in said


def test_an_estimator_without_plan_is_told_what_it_lacks(tmp_path: Path) -> None:
    typed = spoilt(
        "estimator",
        "permutations.py",
        tmp_path,
        ("return Estimator(least, plan, estimate)", "return Estimator(least, estimate=estimate)"),
    )
    said = refused(tmp_path, *typed)
    assert "permutations.py" in said and "plan(game, budget, generator) -> Plan" in said


def test_an_estimator_that_is_none_is_told_what_it_lacks(tmp_path: Path) -> None:
    typed = spoilt(
        "estimator",
        "permutations.py",
        tmp_path,
        ("return Estimator(least, plan, estimate)", "return Estimator(least, None, estimate)"),
    )
    said = refused(tmp_path, *typed)
    assert "plan(game, budget, generator) -> Plan" in said and "least(" not in said


def test_a_plugin_that_is_not_there_is_named(tmp_path: Path) -> None:
    said = refused(tmp_path, "plugins=[nowhere.py]", "experiment=esv")
    assert f"{tmp_path / 'nowhere.py'} cannot be imported: there is no such file" in said


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("    return Result(", "    return dict("), "got a dict"),
        (("    return Result(", "    Result("), "got nothing"),
    ],
    ids=["a dict", "nothing"],
)
def test_an_experiment_that_returns_no_result_is_told_so(
    tmp_path: Path, change: tuple[str, str], expected: str
) -> None:
    (tmp_path / "mine" / "experiment").mkdir(parents=True)
    yaml = files("experiment")["mine/experiment/halves.yaml"].replace(
        "halves.halves", "quick.quick"
    )
    (tmp_path / "mine" / "experiment" / "quick.yaml").write_text(yaml)
    program = (
        "from playfair.result import Result\n\n\n"
        "def quick(studies, *, n_frames):\n"
        "    return Result(title='Quick', summary='')\n"
    )
    (tmp_path / "quick.py").write_text(program.replace(*change))
    typed = ["--config-dir=mine", "plugins=[quick.py]", "experiment=quick"]
    said = refused(tmp_path, *typed)
    assert "experiment=quick must return a playfair.result.Result" in said and expected in said


def test_a_measure_of_another_shape_is_told_which_one() -> None:
    import numpy as np

    from playfair.analysis import registry

    judged = registry.Judged(np.zeros((3, 2)), np.zeros((3, 2), int), np.zeros((3, 4)), None)
    registry.measure("crooked", title="crooked", unit="")(lambda judged: judged.attribution)
    try:
        with pytest.raises(ValueError, match=r"'crooked' must return \(video,\) = \(3,\)"):
            registry.added(judged, set())
        with pytest.raises(ValueError, match="already"):
            registry.added(judged, {"crooked"})
        with pytest.raises(ValueError, match="already"):
            registry.measure("crooked", title="crooked", unit="")(np.mean)
    finally:
        del registry.MEASURES["crooked"]


def test_a_head_that_gives_no_logits_is_told_what_it_should_return(tmp_path: Path) -> None:
    typed = spoilt(
        "head",
        "gru_head.py",
        tmp_path,
        ("        _, state = self.gru(features)\n", "        state, _ = self.gru(features)\n"),
        ("state[-1]", "state"),
    )
    small = ["dataset.write.n_train=12", "dataset.write.n_validation=12", "dataset.write.size=32"]
    small += ["dataset.frame_size=[32,32]", "model.gru.training.epochs=1"]
    said = refused(tmp_path, *typed, *small)
    assert "GRUHead" in said and "(video, class)" in said and "(12, 8, 12)" in said
