"""One bit of a finished step falls over: whoever reads it is told, with the file and what to type."""

import random
import shutil
from pathlib import Path

import pytest

from playfair.steps.damage import DamageError
from playfair.steps.examination import verify
from playfair.steps.layout import Layout
from playfair.steps.manifest import MANIFEST
from playfair.steps.obtain import obtain
from tests.steps.small_steps import READ, chain, make_all

KINDS = sorted(READ)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    outputs = tmp_path_factory.mktemp("made")
    make_all(outputs)
    return outputs


def flip(file: Path, bit: int) -> None:
    content = bytearray(file.read_bytes())
    content[bit // 8] ^= 1 << bit % 8
    file.write_bytes(content)


def files_of(outputs: Path, kind: str) -> list[Path]:
    folder = Layout(outputs).folder(chain()[kind])
    return [file for file in sorted(folder.rglob("*")) if file.is_file()]


def read_all(outputs: Path, kind: str) -> None:
    READ[kind](obtain(chain()[kind], Layout(outputs)))


def told(outputs: Path, kind: str, file: Path, bit: int) -> None:
    """A bit of a file falls over, and stands up again."""
    good = file.read_bytes()
    flip(file, bit)
    try:
        with pytest.raises(DamageError) as damage:
            read_all(outputs, kind)
        assert damage.value.file in (file, file.parent), str(damage.value)
        assert "is damaged" in str(damage.value) and "experiment.repair=true" in str(damage.value)
        folder = Layout(outputs).folder(chain()[kind])
        assert file in [found.file for found in verify(folder)]
    finally:
        file.write_bytes(good)


def random_bits(outputs: Path, kind: str, n_flips: int) -> None:
    """Every file as often as any other, so that small ones have their share."""
    rng = random.Random(kind)
    files = files_of(outputs, kind)
    for number in range(n_flips):
        file = files[number % len(files)] if number < len(files) else rng.choice(files)
        told(outputs, kind, file, rng.randrange(8 * file.stat().st_size))


@pytest.mark.parametrize("kind", KINDS)
def test_a_bit_of_any_file_is_told_with_the_file(made: Path, kind: str) -> None:
    random_bits(made, kind, 8)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_none_of_many_bits_falls_over_silently(made: Path, kind: str) -> None:
    random_bits(made, kind, 150)


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_cut_short_or_gone_is_told_or_made_again(
    made: Path, tmp_path: Path, kind: str
) -> None:
    rng = random.Random(kind)
    shutil.copytree(made, tmp_path / "outputs")
    outputs = tmp_path / "outputs"
    for file in rng.sample(files_of(outputs, kind), 3):
        if file.name == MANIFEST:
            continue
        good = file.read_bytes()
        file.write_bytes(good[: len(good) // 2])
        with pytest.raises(DamageError):
            read_all(outputs, kind)
        file.unlink()
        try:
            read_all(outputs, kind)
        except DamageError:
            file.write_bytes(good)
        assert file.read_bytes() == good
