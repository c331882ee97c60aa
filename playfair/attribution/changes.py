"""The same question asked anew, something of it changed: what sanity checks compare."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace

import torch
from torch import Tensor, nn

from playfair.attribution.registry import Asked

NOISE = 0.1  # of the standard deviation of what is changed


def with_noise(question: Asked, generator: torch.Generator) -> Asked:
    """Gaussian noise on the units, and on the pictures where there are some.

    Args:
        question: what was asked.
        generator: source of the noise.
    """

    def noisy(values: Tensor) -> Tensor:
        noise = torch.randn(values.shape, generator=generator).to(values)
        return values + NOISE * values.std() * noise

    pictures = None if question.pictures is None else noisy(question.pictures)
    return replace(question, features=noisy(question.features), pictures=pictures, table=None)


def of_another_class(question: Asked, generator: torch.Generator) -> Asked:
    """Another class for each video, all others alike likely; the same where there is no other.

    Example:
        >>> asked = Asked(lambda x: x, torch.zeros(3, 1, 2), torch.tensor([0, 1, 0]), torch.ones(2))
        >>> of_another_class(asked, torch.Generator().manual_seed(0)).label.tolist()
        [1, 0, 1]
    """
    n_classes = len(question.prior)
    step = torch.randint(1, max(2, n_classes), question.label.shape, generator=generator)
    return replace(question, label=(question.label + step.to(question.label)) % n_classes)


def with_layers_anew(head: nn.Module, seed: int) -> Iterator[tuple[str, nn.Module]]:
    """Heads with more and more layers as they are first drawn, from the last one on.

    Layers of one name, such as the output of every scale, are drawn together.

    Args:
        head: itself is left as it is.
        seed: of what is drawn; torch's own source is left as it was.

    Yields:
        the names of what was drawn anew, and such a head in eval mode.

    Example:
        >>> head = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 2))
        >>> [names for names, _ in with_layers_anew(head, seed=0)]
        ['2', '2_0']
    """
    changed = deepcopy(head)
    names = []
    for name, layers in reversed(layers_by_name(changed).items()):
        names.append(name)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            for layer in layers:
                layer.reset_parameters()  # type: ignore[operator]
        yield "_".join(names), deepcopy(changed).eval()


def layers_by_name(head: nn.Module) -> dict[str, list[nn.Module]]:
    """Layers that can be drawn anew, by the last part of their names, in the order of the head."""
    layers: dict[str, list[nn.Module]] = {}
    for name, module in head.named_modules():
        if callable(getattr(module, "reset_parameters", None)):
            layers.setdefault(name.rpartition(".")[2] or "head", []).append(module)
    return layers
