"""Words that are no option are answered with the whole command as it is typed; paths need no quotes."""

import shlex
from pathlib import Path

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser

from playfair.launch import quoting
from playfair.launch.words import WordError, require_options


@pytest.fixture(autouse=True)
def program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYFAIR_PROGRAM", "playfair")


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("--experiment=esv", "playfair experiment=esv"),
        ("--experiment esv", "playfair experiment=esv"),
        ("experiment=esv n_frames 8", "playfair experiment=esv n_frames=8"),
        ("experiment=esv n_frames: 8", "playfair experiment=esv n_frames=8"),
        ("experiment=esv n_frames:8 seed=1", "playfair experiment=esv n_frames=8 seed=1"),
        ("experiment = esv", "playfair experiment=esv"),
        ("experiment =esv", "playfair experiment=esv"),
        ("experiment= esv", "playfair experiment=esv"),
        ("esv n_frames=8", "playfair experiment=esv n_frames=8"),
        ("experiment=esv --n-frames=8", "playfair experiment=esv n_frames=8"),
        ("experiment=esv --n-frames 8 --seed 1", "playfair experiment=esv n_frames=8 seed=1"),
        ("experiment=esv —n_frames=8", "playfair experiment=esv n_frames=8"),
        ("experiment=esv paths.outputs there", "playfair experiment=esv paths.outputs=there"),
        ("-m experiment=esv --n_frames 2,4", "playfair -m experiment=esv n_frames=2,4"),
        ("help", "playfair --help"),
        ("experiment", "playfair experiment=VALUE"),
        ("“experiment=esv”", "playfair experiment=esv"),
    ],
)
def test_a_word_that_is_no_option_is_answered_with_the_whole_command(
    typed: str, right: str
) -> None:
    with pytest.raises(WordError) as refusal:
        require_options(shlex.split(typed))
    assert str(refusal.value).endswith(f"Type: {right}") or str(refusal.value).endswith(
        f"Type {right}"
    )
    require_options(shlex.split(right)[1:])  # which is right itself


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["--multi-run"], "There is no --multi-run. Did you mean --multirun?"),
        (["-n", "8"], "There is no -n. Options are written name=value, without dashes; playfair"),
        (["--frames=8"], "Did you mean n_frames=8? Options are written without dashes."),
        (["positon"], "got 'positon'. Did you mean experiment=position?"),
        (["n_frame"], "got 'n_frame'. Did you mean n_frames=…?"),
        (["qqqq"], "put all of that between quotation marks. playfair --help lists"),
        ([""], "There is an empty word in what was typed"),
        (["=8"], "got '=8', which has no name"),
        (["--cfg"], "--cfg is typed with what it is of: --cfg job"),
        (["paths.data=\udcd0\udcb4"], "letters that are none in this terminal's encoding"),
    ],
)
def test_what_nothing_can_be_made_of_is_answered_with_the_nearest(
    typed: list[str], said: str
) -> None:
    with pytest.raises(WordError) as refusal:
        require_options(typed)
    assert said in str(refusal.value)


def test_a_file_among_the_words_is_answered_with_clip(tmp_path: Path) -> None:
    file = tmp_path / "walk.mp4"
    file.touch()
    with pytest.raises(WordError, match="which is a file. For a clip type clip="):
        require_options(["experiment=clip", str(file)])


@pytest.mark.parametrize(
    "typed",
    [
        "experiment=esv model=tsn,trn -m",
        "--cfg job experiment=esv",
        "--config-dir=there +mine=1 ~n_frames ++seed=2",
        "--config-dir there --info defaults experiment=esv",
        "hydra/launcher=slurm model.trn.training.epochs=3 recipe@model.tsn=tsn_synthetic",
    ],
)
def test_what_hydra_reads_is_let_through(typed: str) -> None:
    require_options(typed.split())


PATHS = ("run=3", "данные", "run#3", "[old]x", "Ann's", "copy (1)", "a;b&c", "2026", "1e3", "x\\")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("option", ["paths.outputs", "dataset.root", "model.hf.path"])
def test_any_path_is_read_as_it_was_typed(option: str, path: str) -> None:
    (word,) = quoting.quoted([f"{option}={path}"])
    assert OverridesParser.create().parse_override(word).value() == path
    quoting.require_readable([word])


def test_a_path_that_was_quoted_for_its_user_is_told_with_how_to_quote_it() -> None:
    typed = ["paths.outputs=run=3", "paths.data=data", "n_frames=8"]
    (said,) = quoting.remarks(typed, quoting.quoted(typed))
    assert said.startswith("paths.outputs is the path run=3 (quoted for you")
    assert "'paths.outputs=\"run=3\"'" in said


@pytest.mark.parametrize("form", ["~/ssv2", '"~/ssv2"', "'~/ssv2'"])
def test_the_home_folder_is_meant_by_its_sign(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ann=e")
    (word,) = quoting.quoted([f"dataset.root={form}"])
    assert OverridesParser.create().parse_override(word).value() == "/home/ann=e/ssv2"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("dataset.root=~nobody-here/x", "no user 'nobody-here'.*dataset.root=./~nobody-here/x"),
        ("paths.outputs=", "Type paths.outputs=FOLDER"),
    ],
)
def test_a_path_that_can_be_none_is_refused(typed: str, said: str) -> None:
    with pytest.raises(quoting.PathError, match=said):
        quoting.quoted([typed])


@pytest.mark.parametrize(
    "typed",
    ["paths.data=[a,b]", "dataset.root=${paths.data}/x", "dataset.root=null", "n_frames=8"],
)
def test_what_is_written_in_hydras_grammar_stays(typed: str) -> None:
    assert quoting.quoted([typed]) == [typed]


def test_in_a_sweep_a_comma_parts_points() -> None:
    assert quoting.quoted(["-m", "paths.data=a,b"]) == ["-m", "paths.data=a,b"]
    assert quoting.quoted(["-m", "paths.data=a=b"]) == ["-m", "paths.data='a=b'"]
    assert quoting.quoted(["paths.data=a,b"]) == ["paths.data='a,b'"]


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("logger.name=my run (1)", "'logger.name=\"my run (1)\"'"),
        ("experiment.classes=[Moving (up),b]", '\'experiment.classes=["Moving (up)","b"]\''),
        ("logger.name=a=b", "'logger.name=\"a=b\"'"),
    ],
)
def test_another_value_is_answered_with_how_to_quote_it(typed: str, right: str) -> None:
    with pytest.raises(ValueError, match="cannot be read") as refusal:
        quoting.require_readable([typed])
    assert str(refusal.value).endswith(f"Type {right}")
    (word,) = shlex.split(right)
    quoting.require_readable([word])
