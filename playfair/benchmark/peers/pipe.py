"""Our end of the pipe to the peers' process: masks come, scores go."""

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from playfair.benchmark.peers.counted import Worths

# where `make env-peers` makes the peers' environment, at the top of the repository
ENVIRONMENT = Path(__file__).parents[3] / ".venv-peers"
PROCESS = Path(__file__).with_name("process.py")
TYPE = "make env-peers"
ENDED = f"the peers' process has ended; type {TYPE} to see whether its environment is whole"


class PeerFailed(Exception):
    """A peer refused, or failed; the text is its own."""


class Answer(NamedTuple):
    """A peer's values of one game.

    Attributes:
        esv: (element,).
        ms: CPU time that it took beside asking for scores.
    """

    esv: Float[Tensor, " element"]
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
        while True:
            message = self._line()
            if "error" in message:
                raise PeerFailed(message["error"])
            if "values" in message:
                esv = torch.tensor(message["values"], dtype=torch.float64)
                return Answer(esv, 1e3 * message["seconds"])
            n_rows, width = message["masks"]
            masks = np.frombuffer(self.incoming.read(n_rows * width), dtype=np.uint8)
            inside = torch.from_numpy(masks.reshape(n_rows, width) > 0)
            self._send(worths(inside).double().numpy().tobytes())

    def _send(self, message: bytes) -> None:
        try:
            self.outgoing.write(message)
            self.outgoing.flush()
        except OSError as error:
            raise PeerFailed(ENDED) from error

    def _line(self) -> dict[str, Any]:
        line = self.incoming.readline()
        if not line:
            raise PeerFailed(ENDED)
        message: dict[str, Any] = json.loads(line)
        return message


def is_installed(environment: Path = ENVIRONMENT) -> bool:
    """Whether the peers' environment is there, whole."""
    return (environment / "ready").exists()


@contextmanager
def peers(environment: Path = ENVIRONMENT) -> Iterator[Peers]:
    """The peers' process, on one thread; it ends with the block."""
    surroundings = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
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
        with suppress(OSError):  # it has ended, with something left in the pipe
            process.stdin.close()
        process.stdout.close()
        process.wait()
