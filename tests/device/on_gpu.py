"""Explains on the CPU and on a GPU, and prints how far apart answers are: a line of JSON for each case.

    python -m tests.device.on_gpu LIBRARY CHECKPOINTS

LIBRARY is that of `pretend.compiled`, or "-" for a real GPU.
"""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from tests.device.pretend import pretend

LIMITED = pretend(Path(sys.argv[1])) if sys.argv[1] != "-" else None

import torch  # noqa: E402
from torch import Tensor, nn  # noqa: E402

import playfair  # noqa: E402
from playfair.attribution import METHODS, attribute  # noqa: E402
from playfair.attribution.frozen_scores import frozen_scores  # noqa: E402
from playfair.shapley.explain import explain_more  # noqa: E402
from playfair.shapley.subset_scores import scores_of_subsets  # noqa: E402
from tests.shapley.oracles import features, multiscale, prior, tsn  # noqa: E402

Case = Callable[[str], Any]
LABEL = torch.tensor([0, 3, 1])
FAMILIES = ("videomae", "timesformer", "vjepa2", "vivit")


class Mixing(nn.Module):
    """Attention and positions: no shortcut explains it."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(2)
        self.position = nn.Parameter(torch.randn(12, 6))
        self.layer = nn.TransformerEncoderLayer(6, 2, 12, 0.0, batch_first=True)
        self.out = nn.Linear(6, 4)

    def forward(self, x: Tensor) -> Tensor:
        return 3 * self.out(self.layer(x + self.position[: x.shape[1]]).mean(1))


class Pictured(nn.Module):
    """A backbone with maps, for methods that look at them."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.map = nn.Conv2d(3, 6, 3)

    def forward(self, pictures: Tensor) -> Tensor:
        return self.map(pictures).relu().mean((2, 3))


def of_models() -> Iterator[tuple[str, Case]]:
    """Every entrance and estimator, of heads that show their layers and of a model that is called."""
    makers = {"tsn": tsn, "trn": multiscale, "called": lambda: Mixing().eval()}
    for name, make in makers.items():

        def explained(
            device: str, n: int = 5, make: Any = make, verb: Any = playfair.explain, **options: Any
        ) -> Any:
            return verb(make().to(device), features(3, n).to(device), prior(), **options)

        for removal in ("delete", "freeze", "blank"):
            yield f"{name} {removal}", lambda d, of=explained, r=removal: of(d, removal=r)
        estimators = ("surrogate", "constructive") if name == "trn" else CALLED
        for estimator in estimators:
            yield (
                f"{name} {estimator}",
                lambda d, of=explained, e=estimator: of(d, 9, budget=150, estimator=e),
            )
        yield f"{name} pairs", lambda d, of=explained: of(d, verb=playfair.explain_pairs)
        yield (
            f"{name} pairs, estimated",
            lambda d, of=explained: of(d, 9, verb=playfair.explain_pairs, budget=200),
        )
        yield f"{name} more", lambda d, of=explained: of(d, verb=explain_more)
        yield f"{name} table", lambda d, of=explained: of(d, verb=scores_of_subsets)


CALLED = ("chosen", "kernel", "stratified", "kernel_shap", "constructive")


def of_masks(device: str) -> Any:
    """A function that answers where its weights are."""
    worth = torch.randn(9, 3, generator=torch.Generator().manual_seed(0)).to(device)
    return playfair.explain_masks(lambda x: (x.to(device).float() @ worth).tanh(), 9, budget=150)


def of_methods() -> Iterator[tuple[str, Case]]:
    """Attributions, whose labels, prior and pictures are on the CPU."""
    pictures = torch.rand(3, 4, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    for name in METHODS:
        if "attention" in METHODS[name].all_needs:
            continue
        yield (
            f"method {name}",
            lambda d, name=name: attribute(
                name,
                multiscale().to(d),
                features().to(d),
                LABEL,
                prior(),
                backbone=Pictured().eval().to(d),
                pictures=pictures,
                evaluations=9,
            ).detach(),
        )
    kept = torch.tensor([[1, 3], [15, 8], [5, 6]])
    yield (
        "frozen scores",
        lambda d: frozen_scores(tsn().to(d), features().to(d), LABEL, prior(), kept),
    )


def of_checkpoints(folder: Path) -> Iterator[tuple[str, Case]]:
    """Every family with each of its removals."""
    from playfair.models.huggingface.checkpoint import load_checkpoint
    from tests.checkpoints import SIDE, synthetic_classes

    frequencies = torch.arange(1.0, 13) / 78
    for family in FAMILIES:
        model = load_checkpoint(str(folder / family), synthetic_classes())
        shape = (2, model.n_frames, SIDE[family], SIDE[family], 3)
        frames = torch.randint(
            256, shape, generator=torch.Generator().manual_seed(0), dtype=torch.uint8
        )
        for removal in model.removals:

            def explained(
                device: str, model: Any = model, frames: Tensor = frames, removal: str = removal
            ) -> Any:
                moved = model.to(device)
                units = moved.units(frames.to(device))
                return playfair.explain(moved, units, frequencies, removal=removal)

            yield f"{family} {removal}", explained


def short_of_memory(device: str) -> Any:
    """A model that makes eight times what it is shown, where 10 MB are left on the GPU."""
    weight = torch.randn(3 * 32 * 32, 4, generator=torch.Generator().manual_seed(0)).to(device) / 50

    def model(x: Tensor) -> Tensor:
        wide = x.flatten(2).repeat(1, 1, 8)
        return (wide[..., : len(weight)] @ weight).mean(1)

    clips = torch.randn(2, 6, 3, 32, 32, generator=torch.Generator().manual_seed(1)).to(device)
    if device == "cuda" and LIMITED is not None:
        LIMITED.gpu_limit(LIMITED.gpu_allocated() + 10_000_000)
    try:
        return playfair.explain(model, clips)
    finally:
        if LIMITED is not None:
            LIMITED.gpu_limit(0)


def compared(here: Any, there: Any) -> dict[str, Any]:
    """The largest difference, and where the answer is."""
    if is_dataclass(here):
        pairs = [(getattr(here, of.name), getattr(there, of.name)) for of in fields(here)]
    else:
        pairs = [(here, there)]
    tensors = [(own, other) for own, other in pairs if isinstance(own, Tensor)]
    assert tensors and all(isinstance(other, Tensor) for _, other in tensors)
    differences = [
        (own.double() - other.double().cpu()).abs().nan_to_num().max() for own, other in tensors
    ]
    alike = all(torch.equal(own.isnan(), other.isnan().cpu()) for own, other in tensors)
    return {
        "difference": torch.stack(differences).max().item() if alike else float("inf"),
        "devices": sorted({other.device.type for _, other in tensors}),
    }


def main() -> None:
    """All cases."""
    torch.set_num_threads(1)
    cases = [
        *of_models(),
        *of_methods(),
        *of_checkpoints(Path(sys.argv[2])),
        ("masks", of_masks),
        ("short of memory", short_of_memory),
    ]
    for name, case in cases:
        line: dict[str, Any] = {"case": name}
        try:
            line |= compared(case("cpu"), case("cuda"))
        except Exception as error:
            line["error"] = f"{type(error).__name__}: {error}"[:300]
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
