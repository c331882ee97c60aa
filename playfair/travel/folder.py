"""A parcel in a folder of this machine: a disk, a stick, what a web server shows."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from playfair.steps.durable import PART, sync, sync_all, telling_full_disk, written_aside
from playfair.steps.manifest import MANIFEST
from playfair.travel.card import CARD
from playfair.travel.contents import whole
from playfair.travel.index import INDEX, MOST_BYTES, Index, written

LEFT = "It was not copied."


@dataclass(frozen=True)
class Folder:
    """A folder as a place.

    Args:
        folder: the parcel's; made when something is pushed to it.
    """

    folder: Path

    @property
    def name(self) -> str:
        return str(self.folder)

    def pull_word(self) -> str:
        return "FOLDER_OR_URL"

    def small(self, path: str) -> bytes | None:
        try:
            with (self.folder / path).open("rb") as file:
                return file.read(MOST_BYTES)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None

    def fetch(self, path: str, files: Mapping[str, int], to: Path) -> None:
        for name, size in files.items():
            file = self.folder / path / name
            with telling_full_disk(str(to / name)):
                if not file.is_file():
                    raise ValueError(
                        f"{file} is not there: the parcel in {self.folder} is not whole."
                    )
                if file.stat().st_size != size:
                    came = f"{file.stat().st_size:,} bytes of {size:,}"
                    raise ValueError(f"{file} has {came}: push it again.")
                (to / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, to / name)

    def put(self, folders: Mapping[str, Path], index: Index, card: bytes | None) -> None:
        for path, folder in folders.items():
            self._put_one(folder, self.folder / path)
        self._write(INDEX, written(index))
        if card is not None:
            self._write(CARD, card)

    def _put_one(self, folder: Path, place: Path) -> None:
        """Copies an artefact aside, compares the copy with its manifest and gives it its name."""
        if place.exists():  # the same, which no index named yet
            whole(place)
            return
        aside = place.with_name(f"{place.name}{PART}")
        shutil.rmtree(aside, ignore_errors=True)  # of a push that was killed
        with telling_full_disk(str(place)):
            try:
                manifest = whole(folder)
                for name in (*manifest.files, MANIFEST):
                    (aside / name).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(folder / name, aside / name)
                whole(aside, LEFT)
                sync_all(aside)
                aside.rename(place)
                sync(place.parent)
            except BaseException:
                shutil.rmtree(aside, ignore_errors=True)
                raise

    def _write(self, name: str, content: bytes) -> None:
        with written_aside(self.folder / name) as part:
            part.write_bytes(content)
