"""Seconds of what is run: of what is slow, once."""

import time
from collections.abc import Callable

import numpy as np
import torch

SLOW = 2.0  # seconds, of which warming up is a small part: ResNet-50 takes 10 on two cores
ENOUGH = 0.5  # seconds after which a measurement is not repeated
REPEATS = 3


def seconds_of(run: Callable[[], object], device: torch.device) -> float:
    """The median of a few times, after one that warms up: which is enough of what is slow."""
    warming = elapsed(run, device)
    if warming > SLOW:
        return warming
    times: list[float] = []
    while len(times) < REPEATS and sum(times) < ENOUGH:
        times.append(elapsed(run, device))
    return float(np.median(times))


def elapsed(run: Callable[[], object], device: torch.device) -> float:
    """Seconds of one run."""
    wait(device)
    began = time.perf_counter()
    run()
    wait(device)
    return time.perf_counter() - began


def spent(run: Callable[[], object], device: torch.device) -> float:
    """Seconds of one run: of CPU time where the device is the CPU, as other processes do not count."""
    if device.type == "cuda":
        return elapsed(run, device)
    began = time.process_time()
    run()
    return time.process_time() - began


def wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
