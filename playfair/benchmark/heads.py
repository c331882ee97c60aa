"""Heads trained in seconds on made-up features: estimators are judged on scores with a meaning."""

import torch
import torch.nn.functional as F
from torch import Tensor

from playfair.models.multiscale import MultiscaleTRN, multiscale_trn

CLASSES = 12
FEATURE = 32
HIDDEN = 64


def even_prior() -> Tensor:
    """The same score for every class: (class,)."""
    return torch.full((CLASSES,), 1 / CLASSES)


def made_up_features(
    n_videos: int, n_frames: int, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Videos whose classes are paths through a latent space: six, and their reversals.

    A path is gone through in a random interval, with still ends and noise that lingers over frames.

    Args:
        n_videos: how many.
        n_frames: of each.
        generator: of all that is random in them.

    Returns:
        Features (video, frame, feature) and labels (video,).
    """
    fixed = torch.Generator().manual_seed(5)
    paths = 1.2 * torch.randn(CLASSES // 2, 3, 6, generator=fixed)
    paths = torch.cat([paths, paths.flip(1)])
    mix = torch.randn(6, FEATURE, generator=fixed) / 6**0.5
    label = torch.randint(0, CLASSES, (n_videos,), generator=generator)
    begin = 0.4 * torch.rand(n_videos, 1, generator=generator)
    span = 0.3 + 0.3 * torch.rand(n_videos, 1, generator=generator)
    at = ((torch.linspace(0, 1, n_frames) - begin) / span).clamp(0, 1)
    # how near a frame is to the path's begin, middle and end
    near_begin = (1 - 2 * at).clamp(min=0)
    near_middle = 1 - (2 * at - 1).abs()
    near_end = (2 * at - 1).clamp(min=0)
    stops = torch.stack([near_begin, near_middle, near_end], -1)
    latent = stops @ paths[label] + 1.5 * torch.randn(n_videos, 1, 6, generator=generator)
    noise = torch.randn(n_videos, n_frames, 6, generator=generator)
    for frame in range(1, n_frames):
        noise[:, frame] = 0.7 * (noise[:, frame] + noise[:, frame - 1])
    own_noise = torch.randn(n_videos, n_frames, FEATURE, generator=generator)
    return (latent + 0.9 * noise) @ mix + 0.2 * own_noise, label


def trained_heads(n_frames: int, steps: int = 400) -> MultiscaleTRN:
    """A multi-scale TRN, every scale trained on random subsets of `n_frames` frames."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = multiscale_trn(min(8, n_frames), FEATURE, HIDDEN, CLASSES, dropout=0.1)
        generator = torch.Generator().manual_seed(0)
        optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=1e-3)
        for _ in range(steps):
            features, label = made_up_features(128, n_frames, generator)
            loss = torch.zeros(())
            for scale in range(1, model.n_max + 1):
                order = torch.rand(128, n_frames, generator=generator).argsort(1)
                kept = order[:, :scale].sort(1).values
                inputs = features.gather(1, kept[..., None].expand(-1, -1, FEATURE))
                logits = model[scale](inputs)
                loss = loss + F.cross_entropy(logits, label)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return model.eval()
