"""How the explorer was called, for the commands that its pages give to be typed."""

import shlex
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

# Words that any other command needs as well, to look at the same places and know the same names.
PLACES = ("paths.", "plugins=", "--config-dir", "hydra.searchpath=")
OF_DATASET = ("dataset=", "dataset.")


@dataclass(frozen=True)
class Typed:
    """What a command begins with, and what says where things lie.

    Args:
        program: how Play Fair is called here.
        places: words of the outputs, of the data and of plug-ins, where they were typed.
        dataset: the name of the dataset that was configured.
        of_dataset: words that configured it.
        datasets: those that `dataset=NAME` chooses; (): any.
    """

    program: str = "python run.py"
    places: tuple[str, ...] = ()
    dataset: str = ""
    of_dataset: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()

    def command(self, experiment: str, dataset: str = "", **options: Any) -> str:
        """A command as a shell takes it.

        Args:
            experiment: what is run.
            dataset: the name of the dataset that it is about; "": the one that was configured.
            options: further ones; a dot in a name is written as two underscores.

        Example:
            >>> here = typed_in("playfair experiment=explorer paths.outputs=there", "mine", ["mine"])
            >>> here.command("esv", "mine", n_frames=8)
            'playfair experiment=esv dataset=mine n_frames=8 paths.outputs=there'
        """
        words = [f"experiment={experiment}", *self._words_of(dataset)]
        words += [f"{name.replace('__', '.')}={value}" for name, value in options.items()]
        return " ".join([self.program, *map(shlex.quote, [*words, *self.places])])

    def as_called(self, message: str) -> str:
        """A message of ours with the program as it is called here."""
        return message.replace("python run.py", self.program)

    def _words_of(self, dataset: str) -> list[str]:
        if not dataset or (dataset == self.dataset and self.of_dataset):
            return list(self.of_dataset)
        if dataset in self.datasets or not self.datasets:
            return [f"dataset={dataset}"]
        return ["dataset=clips", "dataset.root=FOLDER"]  # it was named after its folder


IN_A_CHECKOUT = Typed()


def typed_in(command: str, dataset: str, datasets: Collection[str]) -> Typed:
    """What a command that opened the explorer says.

    Args:
        command: as it was typed.
        dataset: the name of the dataset that it configured.
        datasets: those that `dataset=NAME` chooses.
    """
    words = shlex.split(command)
    start = next((place for place, word in enumerate(words) if "=" in word), len(words))
    return Typed(
        program=" ".join(words[:start]) or Typed.program,
        places=tuple(word for word in words if word.startswith(PLACES)),
        dataset=dataset,
        of_dataset=tuple(word for word in words if word.startswith(OF_DATASET)),
        datasets=tuple(sorted(datasets)),
    )
