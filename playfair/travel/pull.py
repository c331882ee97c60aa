"""From a place into outputs: fetched aside, compared with its checksums, and only then in its place."""

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from playfair.datasets.doctor.finding import counted
from playfair.steps.damage import DamageError
from playfair.steps.durable import sync, sync_all
from playfair.steps.layout import Layout
from playfair.steps.lock import held
from playfair.steps.made_from import MADE_FROM, read_record
from playfair.steps.manifest import MANIFEST, Manifest, read_manifest
from playfair.travel.card import size
from playfair.travel.contents import names, require_what_it_says, whole
from playfair.travel.index import INDEX, Artefact, require_place
from playfair.travel.named import chosen
from playfair.travel.place import Source, index_of, source_of

Say = Callable[[str], None]

ASIDE = ".travel"  # in a dataset's outputs: what is on its way, kept when it is cut short
SPARE = 2**24  # bytes of a disk that are left free


def pull(outputs: Path, source: str, typed: Sequence[str], *, say: Say) -> None:
    """Pulls artefacts of a parcel into outputs.

    Args:
        outputs: where they are to lie.
        source: a folder, a URL or hf://OWNER/NAME; or the folder, or URL, of one artefact.
        typed: which, by their names; all where there are none.
        say: prints a line.

    Raises:
        ValueError: there is no parcel, no network, no such name; something came that is not whole, or
            something that differs lies in its place. What to type.
    """
    places: dict[str, Source] = {}
    artefacts: dict[str, Artefact] = {}
    roots: dict[str, str] = {}
    for place in source_of(source):
        for path, one in index_of(place).artefacts.items():
            places[path] = place
            artefacts[path] = one
            roots[path] = path
        if not artefacts and (alone := _alone(place)):
            places[alone.path] = place
            artefacts[alone.path] = alone
            roots[alone.path] = ""
    if not artefacts:
        raise ValueError(
            f"{source} holds no parcel of Play Fair: there is no {INDEX} in it, nor a step's "
            f"{MANIFEST}. Name the folder that python run.py push wrote to."
        )
    paths = chosen(typed, list(artefacts)) if typed else list(artefacts)
    missing = [path for path in paths if not _is_here(outputs / path, artefacts[path])]
    for path in paths:
        if path not in missing:
            say(f"{path}: here already")
    _require_space(outputs, sum(artefacts[path].n_bytes for path in missing))
    for path in missing:
        say(f"{path}: {size(artefacts[path].n_bytes)} …")
        _pull_one(outputs, places[path], roots[path], artefacts[path])
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        whose = "its" if len(missing) == 1 else "their"
        say(
            f"{counted(len(missing), 'artefact')} {verb} in {outputs}, compared with {whose} "
            "checksums."
        )
        for line in _next(outputs, missing):
            say(line)


def _pull_one(outputs: Path, place: Source, root: str, one: Artefact) -> None:
    """Brings an artefact into its place, where it is whole or not there."""
    dataset, kind, name = one.path.split("/")
    folder = outputs / one.path
    aside = outputs / dataset / ASIDE / kind / name
    with held(Layout(outputs).lock(folder), what=folder):
        if _is_here(folder, one):  # another pull was quicker
            return
        aside.mkdir(parents=True, exist_ok=True)
        try:
            _fetch(place, root, one, aside)
            folder.parent.mkdir(parents=True, exist_ok=True)
            aside.rename(folder)
            sync(folder.parent)
        finally:
            _remove_empty(aside, aside.parent, aside.parents[1])


def _fetch(place: Source, root: str, one: Artefact, aside: Path) -> None:
    """Fetches an artefact aside: all of it, as its name says, and onto the disk."""
    manifest = _manifest_of(place, root, one, aside)
    with _damage_is_not_kept(aside):
        place.fetch(root, names(manifest, one.path), aside)
        whole(
            aside,
            "It is fetched again by the same command. If it comes so again, it is damaged in "
            f"{place.name}.",
        )
        require_what_it_says(aside, one.path)
        if one.kind == "esvs":
            _require_opens(aside)
    sync_all(aside)


def _manifest_of(place: Source, root: str, one: Artefact, aside: Path) -> Manifest:
    """The manifest that came, if it is the one that the index speaks of, and names files of ours."""
    content = place.small(f"{root}/{MANIFEST}".lstrip("/"))
    if content is None:
        raise ValueError(f"{place.name} has no {one.path}/{MANIFEST}: the parcel is not whole.")
    (aside / MANIFEST).write_bytes(content)
    try:
        manifest = read_manifest(aside)
        if manifest is None or manifest.digest != one.digest:
            raise ValueError(
                f"The {MANIFEST} of {one.path} in {place.name} is not the one that {INDEX} there names: "
                "it was changed after it was pushed. Ask who pushed it to push it again."
            )
        names(manifest, one.path)
    except ValueError:
        shutil.rmtree(aside)
        raise
    return manifest


@contextmanager
def _damage_is_not_kept(aside: Path) -> Iterator[None]:
    """A file that came damaged is removed, so that it is fetched again; the whole ones are kept."""
    try:
        yield
    except DamageError as damage:
        if damage.file.is_file():
            damage.file.unlink()
        elif damage.file == aside:
            shutil.rmtree(aside, ignore_errors=True)
        raise


def _require_opens(aside: Path) -> None:
    """Opens an ESV store: what it says of itself is held against what we write."""
    from playfair.steps.esv_store import open_store

    open_store(aside).close()


def _is_here(folder: Path, one: Artefact) -> bool:
    """Whether the same artefact lies in its place.

    Raises:
        ValueError: something else does.
    """
    if not folder.exists():
        return False
    manifest = read_manifest(folder)
    if manifest is not None and manifest.digest == one.digest:
        return True
    what = "is not finished" if manifest is None else "differs: it was made anew, here or there"
    raise ValueError(
        f"{folder} is there and {what}. Nothing is written over it: move it away, or pull into other "
        "outputs with paths.outputs=FOLDER."
    )


def _require_space(outputs: Path, n_bytes: int) -> None:
    """Raises ValueError where the disk has no space for what would come."""
    there = next(
        folder for folder in (outputs.absolute(), *outputs.absolute().parents) if folder.exists()
    )
    free = shutil.disk_usage(there).free
    if n_bytes + SPARE > free:
        raise ValueError(
            f"The disk of {outputs} has {size(free)} free, and {size(n_bytes)} would come. Make space, "
            "name what is to be pulled, or type paths.outputs=FOLDER."
        )


def _alone(place: Source) -> Artefact | None:
    """The artefact whose own folder a place is: outputs that somebody serves as they are."""
    content = place.small(MANIFEST)
    made_from = place.small(MADE_FROM)
    if content is None or made_from is None:
        return None
    try:
        said = json.loads(content)
        record = json.loads(made_from)
        folder = PurePosixPath(place.name.split("?")[0])
        path = "/".join((*folder.parts[-3:-1], folder.name))
        require_place(path)
        n_bytes = sum(int(n) for n, _ in said["files"].values())
        if record["step"] != folder.parts[-2]:
            raise ValueError(f"it is of the step {record['step']}")
        return Artefact(path, str(said["sha256"]), n_bytes)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise ValueError(
            f"{place.name} has a {MANIFEST}, and does not lie in DATASET/KIND/NAME as outputs do "
            f"({error})."
        ) from error


def _next(outputs: Path, paths: Sequence[str]) -> Iterator[str]:
    """What can be typed now."""
    other = "" if str(outputs) == "outputs" else f" paths.outputs={outputs}"
    for dataset in sorted({path.split("/")[0] for path in paths if "/esvs/" in path}):
        yield f"To look at ESVs: python run.py experiment=explorer dataset={dataset}{other}"
    checkpoints = [path for path in paths if path.split("/")[1] in ("video", "heads")]
    if checkpoints:
        record = read_record(outputs / checkpoints[0])
        seed = record["settings"].get("seed")
        word = f" seed={seed}" if seed else ""
        model = checkpoints[0].split("/")[2].rpartition("-")[0].removesuffix(f"-seed-{seed}")
        dataset = checkpoints[0].split("/")[0]
        yield (
            "To explain clips with these weights, with the options of their training: python run.py "
            f"experiment=esv dataset={dataset} model={model}{word}{other}"
        )


def _remove_empty(*folders: Path) -> None:
    """Removes folders, but for those that hold what is on its way."""
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()
