"""The datasets' clips, where they are at hand: by name of the dataset and uid, and nothing else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from playfair.explorer.errors import NotThereError
from playfair.targets import instantiate
from playfair.video.segment import Segment


@dataclass(frozen=True)
class Source:
    """Where a dataset lies and how it is opened.

    Args:
        root: its folder.
        open: (root, videos=…) → the dataset, as playfair.datasets.dataset says.
    """

    root: Path
    open: Callable[..., Any]


@dataclass(frozen=True)
class Clips:
    """The clips of any dataset that a store names.

    Args:
        configurations: the folder of the datasets' YAML files.
        data: what they call `paths.data`.
        sources: of datasets that do not lie where their YAML says.
    """

    configurations: Path
    data: Path
    sources: Mapping[str, Source] = field(default_factory=dict)
    opened: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)
    uids: dict[tuple[str, str], frozenset[str]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def dataset(self, name: str) -> Any:
        """A dataset, opened; whether all its clips are there is not asked.

        Raises:
            NotThereError: it is not there; says where it was looked for and what to type.
            ValueError: its labels cannot be read.
        """
        if name not in self.opened:
            source = self._source(name)
            if not source.root.is_dir():
                raise NotThereError(
                    f"The clips of {name} are not in {source.root}. Type: python run.py "
                    f"experiment=explorer dataset={name} dataset.root=FOLDER"
                )
            self.opened[name] = source.open(source.root, videos=False)
        return self.opened[name]

    def file(self, name: str, split: str, uid: str) -> Path | Segment:
        """Where a clip is: a file, a folder of pictures, or a part of either.

        Raises:
            NotThereError: the split has no such clip, or its file is not there.
            ValueError: the dataset is not there, or its labels cannot be read.
        """
        dataset = self.dataset(name)
        if (name, split) not in self.uids:
            self.uids[name, split] = frozenset(dataset.split(split).uids.tolist())
        if uid not in self.uids[name, split]:
            raise NotThereError(f"The {split} split of {name} has no clip {uid}.")
        clip = dataset.clip(uid)
        path = Path(clip)
        if not path.is_file() and not path.is_dir():
            raise NotThereError(f"Clip {uid} of {name} is not at {path}.")
        return clip if isinstance(clip, Segment) else path

    def media_type(self, name: str, uid: str) -> str:
        """What a browser is told that a clip is."""
        return self.dataset(name).media_type(uid)

    def _source(self, name: str) -> Source:
        if name in self.sources:
            return self.sources[name]
        file = self.configurations / f"{name}.yaml"
        if not file.is_file():
            raise NotThereError(
                f"Nothing says where the clips of {name} are: there is no {file}. Type: python "
                "run.py experiment=explorer dataset=NAME dataset.root=FOLDER"
            )
        try:
            config = OmegaConf.create(
                {"paths": {"data": str(self.data)}, "dataset": OmegaConf.load(file)}
            )
            return Source(Path(config.dataset.root), instantiate(config.dataset.open))
        except OmegaConfBaseException as error:
            raise ValueError(f"{file} cannot be read: {error}") from error
