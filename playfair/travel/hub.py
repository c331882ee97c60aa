"""Parcels on the Hugging Face Hub, through its own client: a model for checkpoints, a dataset for stores.

Both may be called OWNER/NAME: the Hub keeps models and datasets apart. HF_TOKEN, HF_ENDPOINT and what
else the client goes by is left to the client.
"""

import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playfair.steps.durable import telling_full_disk
from playfair.steps.manifest import MANIFEST
from playfair.travel.card import CARD
from playfair.travel.contents import whole
from playfair.travel.index import INDEX, MOST_BYTES, Artefact, Index, written
from playfair.travel.named import CHECKPOINTS

WORD = re.compile(r"hf://(?:(datasets|models)/)?([\w.-]+/[\w.-]+?)(?:@([\w./-]+))?/?")
AT_ONCE = 8  # files
OF_COMMIT = 200  # files; the Hub asks for few hundred at most
LOGIN = "Type: hf auth login, or set HF_TOKEN to a token of huggingface.co/settings/tokens"
NOT_THERE = ("RepositoryNotFoundError", "RevisionNotFoundError", "GatedRepoError")


@dataclass(frozen=True)
class Hub:
    """A repository as a place.

    Args:
        kind: "model" or "dataset".
        repository: OWNER/NAME.
        revision: a branch, a tag or a commit.
        public: whether it may be read by everybody, should it be made.
    """

    kind: str
    repository: str
    revision: str = "main"
    public: bool = False

    @property
    def name(self) -> str:
        inside = "datasets/" if self.kind == "dataset" else ""
        return f"hf://{inside}{self.repository}"

    def pull_word(self) -> str:
        return self.name

    def small(self, path: str) -> bytes | None:
        with _telling(self):
            there = self._sizes([path])
            if path not in there:
                return None
            if there[path] > MOST_BYTES:
                raise ValueError(
                    f"{self.name}/{path} has {there[path]:,} bytes: it is none of ours."
                )
            return Path(self._download(path)).read_bytes()

    def fetch(self, path: str, files: Mapping[str, int], to: Path) -> None:
        wanted = {f"{path}/{name}".lstrip("/"): size for name, size in files.items()}
        aside = to.with_name(f"{to.name}.hub")
        with _telling(self), telling_full_disk(str(to)), ThreadPoolExecutor(AT_ONCE) as pool:
            there = self._sizes(list(wanted))
            for name, size in wanted.items():
                if there.get(name) != size:
                    came = f"{there[name]:,} bytes" if name in there else "nothing"
                    raise ValueError(
                        f"{self.name}/{name}: expected {size:,} bytes, there is {came}. The parcel is "
                        "not whole: ask who pushed it."
                    )
            coming = {
                name: pool.submit(self._download, f"{path}/{name}".lstrip("/"), aside)
                for name in files
            }
            try:
                for name, one in coming.items():
                    (to / name).parent.mkdir(parents=True, exist_ok=True)
                    Path(one.result()).replace(to / name)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        shutil.rmtree(aside, ignore_errors=True)

    def put(self, folders: Mapping[str, Path], index: Index, card: bytes | None) -> None:
        from huggingface_hub import CommitOperationAdd

        files: dict[str, Path | bytes] = {}
        for path, folder in folders.items():
            manifest = whole(folder)
            files |= {f"{path}/{name}": folder / name for name in (*manifest.files, MANIFEST)}
        if card is not None:
            files[CARD] = card
        files[INDEX] = written(index)
        operations = [
            CommitOperationAdd(path, content if isinstance(content, bytes) else str(content))
            for path, content in files.items()
        ]
        with _telling(self):
            api = _api()
            api.create_repo(
                self.repository, repo_type=self.kind, private=not self.public, exist_ok=True
            )
            named = " and ".join(folders) if len(folders) < 3 else f"{len(folders)} artefacts"
            # the index and the card come with the last: before, there is nothing to be pulled
            for start in range(0, len(operations), OF_COMMIT):
                api.create_commit(
                    self.repository,
                    operations[start : start + OF_COMMIT],
                    commit_message=f"Add {named or 'the card'}",
                    repo_type=self.kind,
                )

    def exists(self) -> bool:
        """Whether there is such a repository, for whoever asks."""
        try:
            _api().repo_info(self.repository, repo_type=self.kind, revision=self.revision)
        except Exception as error:
            if type(error).__name__ in NOT_THERE[:1]:
                return False
            with _telling(self):
                raise
        return True

    def _sizes(self, paths: Sequence[str]) -> dict[str, int]:
        """Sizes in bytes of those files that are there."""
        try:
            infos: list[Any] = []
            for start in range(0, len(paths), OF_COMMIT):
                infos += _api().get_paths_info(
                    self.repository,
                    list(paths[start : start + OF_COMMIT]),
                    repo_type=self.kind,
                    revision=self.revision,
                )
        except Exception as error:
            if type(error).__name__ == NOT_THERE[0]:
                return {}
            raise
        return {info.path: info.size for info in infos if hasattr(info, "size")}

    def _download(self, path: str, to: Path | None = None) -> str:
        file: str = _api().hf_hub_download(
            self.repository,
            path,
            repo_type=self.kind,
            revision=self.revision,
            local_dir=to,
        )
        return file


def repositories(word: str) -> Iterator[Hub]:
    """The repositories that hf://OWNER/NAME names and that there are.

    Raises:
        ValueError: it is no such name, there is none, or it is not open to who asks.
    """
    kind, repository, revision = _parts(word)
    kinds = [kind] if kind else ["model", "dataset"]
    there = [hub for one in kinds if (hub := Hub(one, repository, revision)).exists()]
    if not there:
        raise ValueError(_no_repository(repository))
    yield from there


def sorted_by_kind(
    word: str, artefacts: Sequence[Artefact], *, public: bool
) -> Iterator[tuple[Hub, list[Artefact]]]:
    """The repositories that artefacts go to, each with its own.

    Raises:
        ValueError: it is no name of a repository, or nobody is logged in.
    """
    kind, repository, revision = _parts(word)
    if revision != "main":
        raise ValueError(
            f"Push to hf://{repository}, without @{revision}: it goes to the main branch."
        )
    shares: dict[str, list[Artefact]] = {"model": [], "dataset": []}
    for one in artefacts:
        shares["model" if one.kind in CHECKPOINTS else "dataset"].append(one)
    for own, share in shares.items():
        if share and kind and own != kind:
            raise ValueError(
                f"{share[0].path} belongs into a {own}, and {word} is a {kind}. Type hf://{repository}: "
                "checkpoints then go to the model of that name, stores to the dataset."
            )
    with _telling(Hub("model", repository)):
        from huggingface_hub import get_token

        if get_token() is None:
            raise ValueError(f"Nobody is logged in to the Hugging Face Hub here. {LOGIN}.")
    for own, share in shares.items():
        if share:
            yield Hub(own, repository, public=public), share


def _parts(word: str) -> tuple[str, str, str]:
    """The kind ("" where it is not said), OWNER/NAME and revision of hf://…

    >>> _parts("hf://datasets/me/esvs@v1")
    ('dataset', 'me/esvs', 'v1')
    """
    match = WORD.fullmatch(word)
    if match is None:
        raise ValueError(f"Expected hf://OWNER/NAME or hf://datasets/OWNER/NAME, got {word}.")
    return (match[1] or "").removesuffix("s"), match[2], match[3] or "main"


def _api() -> Any:
    from huggingface_hub import HfApi
    from huggingface_hub.utils import disable_progress_bars

    disable_progress_bars()
    return HfApi(library_name="playfair")


@contextmanager
def _telling(place: Hub) -> Iterator[None]:
    """Turns what the client raises into what to type."""
    try:
        yield
    except Exception as error:
        if isinstance(error, ModuleNotFoundError) or type(error) is ValueError:
            raise
        if text := _told(place, error):
            raise ValueError(text) from error
        raise


def _told(place: Hub, error: Exception) -> str:
    """What to type where the client raises; "" where it is not the client that does."""
    kinds = {kind.__name__ for kind in type(error).__mro__}
    status = getattr(getattr(error, "response", None), "status_code", None)
    if "GatedRepoError" in kinds:
        return f"{place.name} is given to whom its owner lets in: ask for it at its page. {LOGIN}."
    if "RepositoryNotFoundError" in kinds and status != 401:
        return _no_repository(place.repository)
    if "RevisionNotFoundError" in kinds:
        return f"{place.name} has no revision {place.revision}. Leave @{place.revision} out."
    if "LocalTokenNotFoundError" in kinds or status == 401:
        return f"{place.name}: the Hub lets nobody in without a valid token. {LOGIN}."
    if status == 403:
        return (
            f"{place.name}: your token may not do that. Is OWNER you or an organisation of yours, and "
            "may the token write (huggingface.co/settings/tokens)?"
        )
    if status == 429:
        return "The Hub asks for a pause (HTTP 429). Type the same command again in some minutes."
    if status is not None:
        return f"{place.name}: the Hub answered HTTP {status} ({error}). Try it again later."
    if "HFValidationError" in kinds:
        return f"{place.name} is no name of a repository ({error})."
    modules = {kind.__module__.partition(".")[0] for kind in type(error).__mro__}
    unreached = {
        "OfflineModeIsEnabled",
        "LocalEntryNotFoundError",
        "ConnectionError",
        "TimeoutError",
    }
    if kinds & unreached or modules & {"httpx", "httpx2", "requests"}:
        reason = str(error).partition("\n")[0]
        return (
            f"The Hugging Face Hub cannot be reached ({reason}). Where there is no network, push to a "
            "folder, or pull from one."
        )
    return ""


def _no_repository(repository: str) -> str:
    return (
        f"There is no {repository} on the Hub, neither a model nor a dataset; or it is private, and you "
        f"are not logged in as somebody who may see it. {LOGIN}."
    )
