"""What to type so that a dataset's archives, or files in the wrong place, come to lie where they are read."""

import zipfile
from pathlib import Path
from shlex import quote

from playfair.datasets.doctor.inventory import Inventory
from playfair.datasets.something_something import VIDEO_FOLDER


def labels_command(inventory: Inventory) -> tuple[str, str] | None:
    """Where the label files are instead, and what to type; None where they are nowhere."""
    folder = inventory.root / "labels"
    if inventory.archives:
        archive = inventory.archives[0]
        into = inventory.root if _unpacks_to_labels(archive) else folder
        return (
            f"{archive.name} is not unpacked",
            f"unzip -o {quote(str(archive))} -d {quote(str(into))}",
        )
    if found := [path for path in inventory.elsewhere if any(path.glob("*train.json"))]:
        to = quote(str(folder))
        return f"they lie in {found[0]}", f"mkdir -p {to}; mv {quote(str(found[0]))}/*.json {to}"
    return None


def videos_command(inventory: Inventory) -> str:
    """What to type to have the videos in their place."""
    root, folder = inventory.root, inventory.root / VIDEO_FOLDER
    if found := [path for path in inventory.elsewhere if any(path.glob("*.webm"))]:
        there, to = quote(str(found[0])), quote(str(folder))
        return f"mkdir -p {to}; find {there} -maxdepth 1 -name '*.webm' -exec mv -t {to} {{}} +"
    if not inventory.parts:
        return f"fetch the video archive's parts into {root}, and run experiment=doctor again"
    numbers = [
        int(part.name.removeprefix(VIDEO_FOLDER)[1:3])
        for part in inventory.parts
        if _numbered(part.name)
    ]
    if gaps := sorted(set(range(max(numbers, default=-1) + 1)) - set(numbers)):
        return "fetch the missing parts first: " + ", ".join(
            f"{VIDEO_FOLDER}-{number:02d}" for number in gaps
        )
    place, into = quote(str(inventory.parts[0].parent)), quote(str(root))
    first, is_zip = inventory.parts[0], _kind_of(inventory.parts[0]) == "zip"
    if not numbers:
        return (
            f"unzip -o {quote(str(first))} -d {into}"
            if is_zip
            else f"tar -xf {quote(str(first))} -C {into}"
        )
    if is_zip:  # parts come in a zip each, whatever they are called
        names = " ".join(part.name for part in inventory.parts)
        return f"cd {place}; for part in {names}; do unzip -oj $part -d unzipped; done; " + (
            f"cat unzipped/{VIDEO_FOLDER}-?? | tar -xzf - -C {into}"
        )
    return (
        f"cat {place}/{VIDEO_FOLDER}-??{first.name[len(VIDEO_FOLDER) + 3 :]} | tar -xzf - -C {into}"
    )


def _numbered(name: str) -> bool:
    return name.removeprefix(VIDEO_FOLDER)[1:3].isdigit()


def _kind_of(path: Path) -> str:
    """What a file is by its first bytes: "zip", "gzip" or "data"; the video archive's parts bear either name."""
    with path.open("rb") as file:
        start = file.read(4)
    return "zip" if start[:2] == b"PK" else "gzip" if start[:2] == b"\x1f\x8b" else "data"


def _unpacks_to_labels(archive: Path) -> bool:
    """Whether a labels zip brings its own folder `labels`."""
    try:
        with zipfile.ZipFile(archive) as file:
            return any(name.startswith("labels/") for name in file.namelist())
    except (zipfile.BadZipFile, OSError):
        return True
