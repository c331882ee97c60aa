"""What to type so that archives, or files in the wrong place, come to lie where they are read."""

import zipfile
from pathlib import Path
from shlex import quote

from playfair.datasets.clip_places import VIDEO_FOLDER
from playfair.datasets.doctor.inventory import Inventory


def labels_command(inventory: Inventory) -> tuple[str, str] | None:
    """Where the label files are instead, and what to type; None where they are nowhere."""
    folder = inventory.root / "labels"
    to = quote(str(folder))
    if inventory.archives:
        archive = inventory.archives[0]
        into = quote(str(inventory.root)) if _brings_its_folder(archive) else to
        return f"{archive.name} is not unpacked", f"unzip -o {quote(str(archive))} -d {into}"
    for place in inventory.elsewhere:
        if any(place.glob("*train.json")):
            return f"they lie in {place}", f"mkdir -p {to}; mv {quote(str(place))}/*.json {to}"
    return None


def videos_command(inventory: Inventory) -> str:
    """What to type to have the videos in their place."""
    if not inventory.parts:
        into = inventory.root
        return f"fetch the video archive's parts into {into}, and run experiment=doctor again"
    numbers = _numbers(inventory.parts)
    missing = [i for i in range(max(numbers, default=-1)) if i not in numbers]
    if missing:
        names = ", ".join(f"{VIDEO_FOLDER}-{i:02d}" for i in missing)
        return f"fetch the missing parts first: {names}"
    return _join(inventory) if numbers else _unpack(inventory.parts[0], inventory.root)


def _unpack(archive: Path, root: Path) -> str:
    """An archive in one piece."""
    file = quote(str(archive))
    into = quote(str(root))
    return f"unzip -o {file} -d {into}" if _is_zip(archive) else f"tar -xf {file} -C {into}"


def _join(inventory: Inventory) -> str:
    """Parts of an archive, all there."""
    first = inventory.parts[0]
    place = quote(str(first.parent))
    into = quote(str(inventory.root))
    if _is_zip(first):  # they come in a zip each, whatever they are called
        names = " ".join(part.name for part in inventory.parts)
        return (
            f"cd {place}; for part in {names}; do unzip -oj $part -d unzipped; done; "
            f"cat unzipped/{VIDEO_FOLDER}-?? | tar -xzf - -C {into}"
        )
    ending = first.name[len(VIDEO_FOLDER) + 3 :]
    return f"cat {place}/{VIDEO_FOLDER}-??{ending} | tar -xzf - -C {into}"


def _numbers(parts: list[Path]) -> list[int]:
    """The parts' numbers, as far as they have one."""
    digits = [part.name.removeprefix(VIDEO_FOLDER)[1:3] for part in parts]
    return [int(number) for number in digits if number.isdigit()]


def _is_zip(path: Path) -> bool:
    """By its first bytes: the video archive's parts bear any name."""
    with path.open("rb") as file:
        return file.read(2) == b"PK"


def _brings_its_folder(archive: Path) -> bool:
    """Whether a zip of labels holds them in a folder `labels`."""
    try:
        with zipfile.ZipFile(archive) as file:
            return any(name.startswith("labels/") for name in file.namelist())
    except (zipfile.BadZipFile, OSError):
        return True
