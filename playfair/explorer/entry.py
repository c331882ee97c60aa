"""One ESV store as the catalogue lists it: where it lies, and what it says of itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from playfair.explorer.typed import IN_A_CHECKOUT, Typed
from playfair.steps.checked_zarr import read_group
from playfair.steps.esv_store import ESVStore
from playfair.steps.esvs import ESVs
from playfair.steps.made_from import MADE_FROM, require_version
from playfair.steps.manifest import read_manifest, require_sound
from playfair.steps.step import Record

GROUP = "zarr.json"
NEEDED = ("model", "seed", "split", "n_frames")

Stamp = tuple[int, int]


@dataclass(frozen=True)
class Entry:
    """An ESV store that is whole, not opened yet.

    Args:
        folder: the store's.
        made_from: its record.
        attributes: those of its Zarr group.
        typed: how the explorer was called.
    """

    folder: Path
    made_from: Record
    attributes: Mapping[str, Any]
    typed: Typed = IN_A_CHECKOUT

    @property
    def key(self) -> str:
        """What URLs call it: the folders of the dataset and of the store."""
        return f"{self.dataset}/{self.folder.name}"

    @property
    def id(self) -> str:
        return str(self.made_from["id"])

    @property
    def dataset(self) -> str:
        return self.folder.parts[-3]

    @property
    def model(self) -> str:
        return str(self.attributes["model"])

    @property
    def seed(self) -> int:
        return int(self.attributes["seed"])

    @property
    def split(self) -> str:
        return str(self.attributes["split"])

    @property
    def n_frames(self) -> int:
        return int(self.attributes["n_frames"])

    @property
    def budget(self) -> int | None:
        """Evaluations per video that the ESVs were estimated from; None where they are exact."""
        budget: int | None = self.attributes.get("budget")
        return budget

    @property
    def removal(self) -> str | None:
        """What was asked to become of removed elements; None where it is the model's own way.

        The attribute of this name says which way that is: with it typed, it is another store.
        """
        estimator = self.made_from["settings"].get("estimator")
        # of an answer that was saved from Python it is a word: nothing is typed for that one
        return estimator.get("removal") if isinstance(estimator, Mapping) else None

    def command(self, experiment: str) -> str:
        """What to type to run an experiment on what this store was made from.

        Settings of a recipe are not among it: whoever set them types them again.
        """
        options: dict[str, Any] = {"model": self.model, "n_frames": self.n_frames}
        if path := self.attributes.get("checkpoint"):
            options |= {"model": "huggingface", "model__huggingface__path": path}
        if self.seed:
            options["seed"] = self.seed
        if self.split != "validation":
            options["split"] = self.split
        if self.budget is not None:
            options |= {"estimator": "sampled", "estimator__budget": self.budget}
        if name := self.attributes.get("name"):
            options["estimator__name"] = name
        if self.removal:
            options["removal"] = self.removal
        if views := self.attributes.get("views"):
            options["views"] = views
        return self.typed.command(experiment, self.dataset, **options)


def read_entry(folder: Path, typed: Typed = IN_A_CHECKOUT) -> Entry:
    """The store in a folder of the step.

    Args:
        folder: the store's.
        typed: how the explorer was called.

    Raises:
        ValueError: its record is missing, damaged or of another version; it is half written.
    """
    return _read(folder, stamp(folder / MADE_FROM), stamp(folder / GROUP), typed)


def stamp(file: Path) -> Stamp | None:
    """What changes when a file is written again; None where there is none."""
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino


@lru_cache(maxsize=1024)
def _read(folder: Path, record: Stamp | None, group: Stamp | None, typed: Typed) -> Entry:
    """Kept while both files stay as they are; what raises is read again at the next look."""
    made_from = require_version(folder, ESVs)
    store = ESVStore(folder)
    if manifest := read_manifest(folder):
        require_sound(folder, manifest)
    if not store.exists():
        raise ValueError(f"{folder} was begun, and holds no ESVs yet.")
    if missing := store.missing():
        n_missing = "1 block" if len(missing) == 1 else f"{len(missing)} blocks"
        raise ValueError(
            f"{folder} lacks {n_missing}: it is being written, or its writing was cut short. "
            "Run the command that makes it again; it writes those that are missing."
        )
    attributes = read_group(folder)["attributes"]
    if unsaid := [name for name in NEEDED if name not in attributes]:
        raise ValueError(
            f"{folder} does not say its {', '.join(unsaid)}. Remove it: it is made again."
        )
    return Entry(folder, made_from, attributes, typed)
