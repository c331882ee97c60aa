"""Our end of the pipe to the peers' process: masks come, scores go."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

# where `make env-peers` makes the peers' environment, at the top of the repository
ENVIRONMENT = Path(__file__).parents[3] / ".venv-peers"
PROCESS = Path(__file__).with_name("process.py")
TYPE = "make env-peers"

# worths of coalitions, (coalition, element) bool → (coalition,) float64, 0 for the empty one
Worths = Callable[[Tensor], Tensor]


class PeerFailed(Exception):
    """A peer refused, or failed; the text is its own."""


class Answer(NamedTuple):
    """A peer's values of one game.

    Attributes:
        esv: (element,).
        asked: coalitions that it asked for, without the empty one; those asked for again count.
        distinct: of them, those that differ.
        ms: what it took beside waiting for scores.
    """

    esv: Float[Tensor, " element"]
    asked: int
    distinct: int
    ms: float


class Peers:
    """A running process of peers.

    Attributes:
        version: of shapiq.
        names: of its peers.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None and process.stdout is not None
        self.outgoing: IO[bytes] = process.stdin
        self.incoming: IO[bytes] = process.stdout
        greeting = self._line()
        self.version: str = greeting["shapiq"]
        self.names: Sequence[str] = greeting["peers"]

    def estimate(
        self, peer: str, worths: Worths, n_elements: int, budget: int, seed: int
    ) -> Answer:
        """A peer's values of one game.

        Args:
            peer: its name.
            worths: of coalitions.
            n_elements: of the game.
            budget: evaluations that it may ask for, beside the empty coalition.
            seed: of its draws.

        Raises:
            PeerFailed: it has no values.
        """
        request = {"peer": peer, "elements": n_elements, "budget": budget, "seed": seed}
        self._send(json.dumps(request).encode() + b"\n")
        masks: list[np.ndarray] = []
        while True:
            message = self._line()
            if "error" in message:
                raise PeerFailed(message["error"])
            if "values" in message:
                break
            n_rows, width = message["masks"]
            inside = np.frombuffer(self.incoming.read(n_rows * width), dtype=np.uint8)
            inside = inside.reshape(n_rows, width) > 0
            masks.append(inside[inside.any(1)])
            worth = worths(torch.from_numpy(inside))
            self._send(worth.double().numpy().tobytes())
        every = np.concatenate(masks) if masks else np.zeros((0, n_elements), dtype=bool)
        esv = torch.tensor(message["values"], dtype=torch.float64)
        distinct = len(np.unique(every, axis=0))
        return Answer(esv, len(every), distinct, 1e3 * message["seconds"])

    def _send(self, message: bytes) -> None:
        self.outgoing.write(message)
        self.outgoing.flush()

    def _line(self) -> dict[str, Any]:
        line = self.incoming.readline()
        if not line:
            raise PeerFailed(f"the peers' process has ended; type {TYPE}")
        message: dict[str, Any] = json.loads(line)
        return message


def is_installed(environment: Path = ENVIRONMENT) -> bool:
    """Whether the peers' environment is there, whole."""
    return (environment / "ready").exists()


@contextmanager
def peers(environment: Path = ENVIRONMENT) -> Iterator[Peers]:
    """The peers' process, with as many threads as torch has here; it ends with the block."""
    threads = str(torch.get_num_threads())
    surroundings = {**os.environ, "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads}
    surroundings.pop("PYTHONPATH", None)  # of another Python
    # -P: beside the script lie modules of ours, and none of them is to be imported there
    command = [str(environment / "bin" / "python"), "-P", str(PROCESS)]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=surroundings,
    )
    try:
        yield Peers(process)
    finally:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.close()
        process.stdout.close()
        process.wait()
