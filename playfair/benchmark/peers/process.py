"""The peers' process: runs on an environment of its own, and asks for scores through a pipe.

It is started as a script by `peers.pipe` and imports nothing of Play Fair, which is not installed
there. A line of JSON comes for each estimate; masks go out as a line of JSON and their bytes, and
scores come back as bytes; a line with the values, or with what went wrong, ends it.
"""

import json
import math
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any, BinaryIO

import numpy as np

# name → keyword arguments of shapiq's class, by (number of elements, evaluations); pairs of
# complements where they help: without them these do worse
PEERS: dict[str, Callable[[int, int], dict[str, Any]]] = {
    "RegressionMSR": lambda n, budget: {"index": "SV"},
    "OddSHAP": lambda n, budget: {},
    "ProxySHAP": lambda n, budget: {"index": "SV", "max_order": 1, "adjustment": True},
    "PolySHAP": lambda n, budget: {"pairing_trick": True, **frontier(n, budget)},
    "LeverageSHAP": lambda n, budget: {"pairing_trick": True},
    "SVARM": lambda n, budget: {},
    "KernelSHAP": lambda n, budget: {"pairing_trick": True},
}
# not an estimator: all coalitions
EXACT = "ExactComputer"


def frontier(n: int, budget: int) -> dict[str, int]:
    """All pairs of elements, or as many as half of the evaluations can tell."""
    n_terms = 1 + n + math.comb(n, 2)
    return {} if 2 * n_terms <= budget else {"max_terms": max(n + 1, budget // 2)}


class Game:
    """Worths of coalitions, asked for through the pipe; the empty one's is 0.

    Attributes:
        seconds: CPU time that asking took.
    """

    def __init__(self, incoming: BinaryIO, outgoing: BinaryIO) -> None:
        self.incoming = incoming
        self.outgoing = outgoing
        self.seconds = 0.0

    def __call__(self, inside: np.ndarray) -> np.ndarray:
        start = time.process_time()
        masks = np.atleast_2d(np.asarray(inside)).astype(np.uint8)
        send(self.outgoing, {"masks": list(masks.shape)})
        self.outgoing.write(masks.tobytes())
        self.outgoing.flush()
        # a copy, as some peers write into what they are given
        worths = np.frombuffer(self.incoming.read(8 * len(masks)), dtype=np.float64).copy()
        self.seconds += time.process_time() - start
        return worths


def send(outgoing: BinaryIO, message: dict[str, Any]) -> None:
    """One line of JSON."""
    outgoing.write(json.dumps(message).encode() + b"\n")
    outgoing.flush()


def estimate(asked: dict[str, Any], game: Game) -> dict[str, Any]:
    """Values of one game, and the CPU seconds that they took beside asking for scores."""
    import shapiq

    n, budget, peer = asked["elements"], asked["budget"], asked["peer"]
    start = time.process_time()
    if peer == EXACT:
        values = shapiq.ExactComputer(game, n_players=n)("SV", order=1)
    else:
        options = PEERS[peer](n, budget)
        approximator = getattr(shapiq.approximator, peer)(
            n=n, random_state=asked["seed"], **options
        )
        # the empty coalition is one of theirs, and costs no pass
        values = approximator.approximate(budget + 1, game)
    esv = [float(values[(element,)]) for element in range(n)]
    seconds = time.process_time() - start
    return {"values": esv, "seconds": seconds - game.seconds}


def serve(incoming: BinaryIO, outgoing: BinaryIO) -> None:
    """Answers until the pipe is closed."""
    warnings.simplefilter("ignore")
    import shapiq.approximator

    send(outgoing, {"shapiq": shapiq.__version__, "peers": list(PEERS)})
    for line in incoming:
        try:
            answer = estimate(json.loads(line), Game(incoming, outgoing))
        except Exception as error:  # of whatever type: it is told where the table is made
            answer = {"error": f"{type(error).__name__}: {error}"}
        send(outgoing, answer)


if __name__ == "__main__":
    # what libraries print would be taken for an answer
    answers = sys.stdout.buffer
    sys.stdout = sys.stderr
    serve(sys.stdin.buffer, answers)
