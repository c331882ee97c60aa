"""What there is to explore: studies (dataset × model) with their ESV stores, and the datasets' clips."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from playfair.datasets.something_something import VIDEO_FOLDER, SomethingSomething, open_dataset


class Unknown(ValueError):
    """Something was asked for that is not there; the message says what is."""


@dataclass(frozen=True)
class Catalogue:
    """`outputs` as it is now: every look reads the folder again.

    Example:
        Catalogue(Path("outputs"), Path("data")).studies()   # {"synthetic/trn": ["8"], "synthetic/tsn": ["8"]}
    """

    outputs: Path
    data: Path
    roots: Mapping[str, Path] = field(default_factory=dict)  # of datasets that do not lie in `data`

    def studies(self) -> dict[str, list[str]]:
        """Study → the lengths it has ESVs for, as `frames_name` reads them: "8", or "32-budget-1000"."""
        found: dict[str, list[str]] = {}
        for path in sorted(self.outputs.glob("*/*/esv/frames-*.zarr")):
            length = re.fullmatch(r"frames-0*(\d+)((?:-budget-\d+)?)", path.stem)
            if length and (path / "zarr.json").is_file():
                dataset, model = path.parts[-4:-2]
                found.setdefault(f"{dataset}/{model}", []).append(length[1] + length[2])
        return {
            study: sorted(lengths, key=lambda name: int(name.split("-")[0]))
            for study, lengths in found.items()
        }

    def store(self, study: str, frames: str) -> Path:
        """Where the ESVs of a study lie."""
        return self.outputs / study / "esv" / f"{_stem(frames)}.zarr"

    def interactions(self, study: str, frames: str) -> Path:
        """Where its pair interactions lie, if it has them: exact ones, of sampled ESVs too."""
        return self.outputs / study / "interactions" / f"{_stem(frames.split('-')[0])}.zarr"

    def dataset(self, name: str) -> SomethingSomething:
        """The dataset's folder. Raises ValueError saying where it was looked for."""
        near = [self.data / name, self.data / name.replace("_v", "-v").replace("_", "-")]
        places = [self.roots[name]] if name in self.roots else near
        root = next((place for place in places if (place / VIDEO_FOLDER).is_dir()), None)
        if root is None:
            raise ValueError(
                f"The clips of {name} are not in {' or '.join(map(str, places))}. "
                f"Type: python run.py experiment=explorer dataset={name} dataset.root=FOLDER"
            )
        return _opened(root)

    def evidence(self, name: str) -> dict[str, tuple[int, int]]:
        """The decisive interval of every clip, {} where the dataset does not know it."""
        try:
            return _evidence(self.dataset(name))
        except ValueError:
            return {}


def frames_name(frames: str) -> str:
    """A length as it is read.

    >>> frames_name("8"), frames_name("32-budget-1000")
    ('8 frames', '32 frames, sampled (1,000)')
    """
    length, _, budget = frames.partition("-budget-")
    return f"{length} frame{'s' * (length != '1')}" + (
        f", sampled ({int(budget):,})" if budget else ""
    )


def _stem(frames: str) -> str:
    length, _, rest = frames.partition("-")
    return f"frames-{int(length):02d}" + (f"-{rest}" if rest else "")


@cache
def _opened(root: Path) -> SomethingSomething:
    return open_dataset(root)


@cache
def _evidence(dataset: SomethingSomething) -> dict[str, tuple[int, int]]:
    return dataset.evidence()
