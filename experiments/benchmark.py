"""How fast is the engine, how much memory does it take, and how far off are its estimates?

Reads nothing and writes only its tables. Expected on two CPU cores, sizes 256-256-174: exact values
within 1.2, 1.4, 1.7 and 3.5 times the bare matrix products at 8, 12, 16 and 20 frames; at 16 frames
and 904 head evaluations an error at least 15 times below the published sampler's; time of sampled
values linear in frames; estimates of called models ahead of other libraries' at equal evaluations
(`make env-peers` makes their environment).
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from importlib.util import find_spec

import pandas as pd
import torch

from playfair import silence
from playfair.benchmark.card import measure_card
from playfair.benchmark.checkpoints import measure_dropping
from playfair.benchmark.coverage import measure_coverage, rows_of_heads
from playfair.benchmark.decoding import NO_TORCHCODEC, measure_decoding
from playfair.benchmark.error import HEADS, measure_error
from playfair.benchmark.estimate_time import measure_estimates
from playfair.benchmark.evaluation import measure_evaluation
from playfair.benchmark.extraction import measure_extraction
from playfair.benchmark.heads import trained_heads
from playfair.benchmark.intervals import measure_intervals
from playfair.benchmark.long_sequences import measure_length, measure_long
from playfair.benchmark.peers.clips import clips_of
from playfair.benchmark.peers.exact_peers import measure_exact
from playfair.benchmark.peers.grids import GRIDS, STRONGEST_ONLY
from playfair.benchmark.peers.measure import measure_peers
from playfair.benchmark.pixels import measure_pixels
from playfair.benchmark.repeated_warnings import each_warning_once
from playfair.benchmark.speed import measure_speed
from playfair.experiments.approximation_limits import evenly_spaced
from playfair.experiments.peers import CAPTION, findings_of, metrics_of
from playfair.report.figures.benchmark import benchmark_figure
from playfair.report.figures.peers import peers_figure
from playfair.result import Result
from playfair.shapley.exact import MAX_FRAMES
from playfair.steps.esvs import head_of
from playfair.steps.obtain import is_made
from playfair.steps.samples import sampled_units
from playfair.steps.study import Study

# Clips of trained heads on which intervals are judged.
COVERED = 12
# what is measured, in this order
PARTS = (
    "speed",
    "trained heads",
    "exact values, beside shapiq",
    "peers",
    "errors",
    "errors without exact values",
    "long sequences",
    "time of estimates",
    "stated errors",
    "evaluation",
    "extraction",
    "decoding",
    "checkpoints",
    "pixels",
    "intervals of means",
)


def part(name: str) -> AbstractContextManager[None]:
    """Within it, that part of the benchmark is named where nothing else is said."""
    return silence.doing(f"part {PARTS.index(name) + 1} of {len(PARTS)}: {name}")


@each_warning_once()
def benchmark(
    studies: Sequence[Study],
    *,
    n_frames: int,
    rounds: int,
    repeats: int,
    n_videos: int,
    long_run: int,
    split_size: int,
    device: str,
    coverage_draws: int = 12,
    peers: str = "short",
    peer_clips: int = 2,
    peer_draws: int = 1,
) -> Result:
    """Measures the engine on made-up heads; times are compared within a round.

    Args:
        studies: none are needed; of those whose heads are trained, intervals are judged first.
        n_frames: speed is measured at 1, 1.5, 2 and 2.5 times as many, the error at 2 times and,
            without exact values, at 4 and 8 times, the time of long sequences at 4, 8 and 16 times.
        rounds: interleaved; the medians count.
        repeats: draws of each estimate.
        n_videos: made-up ones that estimates are judged on.
        long_run: scores of coalitions per video, for a reference where nothing is exact.
        split_size: feature sequences that the ESV evaluation is timed on.
        device: "cpu", "cuda" or "cuda:1".
        coverage_draws: draws by which stated errors are judged.
        peers: which games are played against other libraries: "short", "wide" (12, 16 and 32
            elements, 300 to 3,000 evaluations, the strongest peers), "full", "one" or "none".
        peer_clips: clips of which each game is played.
        peer_draws: draws of each estimate of each clip.

    Raises:
        ValueError: there are no such games, or no such device.
    """
    place = device_named(device)
    if peers not in GRIDS:
        raise ValueError(f"Expected experiment.peers=…, one of {', '.join(GRIDS)}; got {peers}.")
    with part("speed"):
        lengths = [n_frames * k // 2 for k in (2, 3, 4, 5)]
        speed = measure_speed(lengths, rounds, place)
    with part("trained heads"):
        model = trained_heads(2 * n_frames)
    with part("exact values, beside shapiq"):
        exact = measure_exact(model, n_frames, rounds)
    with part("peers"):
        clips = clips_of(studies, peer_clips)
        rivals = measure_peers(clips, GRIDS[peers], peer_draws, peers in STRONGEST_ONLY)
    with part("errors"):
        error = measure_error(model, 2 * n_frames, [200, 464, 904, 2000], n_videos, repeats)
    with part("errors without exact values"):
        without_exact = [n_frames * k for k in (4, 8)]
        long = measure_long(model, without_exact, 904, n_videos, repeats, long_run)
    with part("long sequences"):
        length = measure_length(model, [n_frames * k for k in (4, 8, 16)], 904, rounds)
    with part("time of estimates"):
        estimates = measure_estimates(rounds)
    with part("stated errors"):
        coverage = coverage_of(studies, n_frames, coverage_draws)
    with part("evaluation"):
        evaluation = measure_evaluation(split_size, n_frames, min(rounds, 3))
    with part("extraction"):
        extraction = measure_extraction(min(rounds, 3), place)
    with part("decoding"):
        decoding = measure_decoding(3 * rounds)
    with part("checkpoints"):
        checkpoints = of_checkpoints(min(rounds, 3))
    with part("pixels"):
        pixels = measure_pixels(min(rounds, 3), place)
    with part("intervals of means"):
        intervals = measure_intervals(2000)

    return Result(
        "Benchmark",
        f"Exact and sampled ESVs, measured in interleaved rounds (medians of {rounds}) with "
        f"{torch.get_num_threads()} threads on {device}. Times are ms per video. The floor is the "
        "matrix products alone, at the rate of (8192 x 256)(256 x 174) measured in the same round.",
        findings=findings_of(rivals),
        metrics={
            **headline(speed, exact, error, long, evaluation, extraction, pixels),
            **headline_of_checkpoints(checkpoints),
            **metrics_of(rivals),
            **headline_of_estimates(estimates),
            **headline_of_decoding(decoding),
            "coverage": float(coverage["coverage"].mean()),
            "coverage_least": float(coverage["least"].min()),
            **headline_of_coverage(coverage),
        },
        tables={
            "speed": speed,
            "exact": exact,
            "peers": rivals,
            "error": error,
            "long": long,
            "length": length,
            "estimate_time": estimates,
            "coverage": coverage,
            "evaluation": evaluation,
            "extraction": extraction,
            "decoding": decoding,
            **checkpoints,
            "pixels": pixels,
            "intervals": intervals,
        },
        figures={
            "benchmark": benchmark_figure(speed, error, length),
            **({"peers": peers_figure(rivals)} if rivals["error"].notna().any() else {}),
        },
        captions={
            **captions(n_frames, long_run, split_size),
            "peers": CAPTION.format(source=clips.source),
        },
    )


def device_named(name: str) -> torch.device:
    """The device of this name; ValueError where torch knows none, or it is not here.

    >>> device_named("cpu")
    device(type='cpu')
    """
    try:
        device = torch.device(name)
    except RuntimeError:
        device = None
    if device is None or device.type not in ("cpu", "cuda"):
        raise ValueError(f"Expected experiment.device to be cpu, cuda or cuda:1, got {name}.")
    n_gpus = torch.cuda.device_count()
    if device.type == "cuda" and (device.index or 0) >= n_gpus:
        gpus = f"{n_gpus} GPUs" if n_gpus > 1 else "1 GPU" if n_gpus else "no GPU"
        raise ValueError(f"experiment.device={name}, but torch finds {gpus} here.")
    return device


def coverage_of(studies: Sequence[Study], n_frames: int, repeats: int) -> pd.DataFrame:
    """Whether intervals hold, by length and budget: of the studies' trained heads first.

    A study whose head is not made, or with fewer than two clips of a length, is left out.
    """
    rows: list[dict[str, object]] = []
    for study in studies:
        if study.is_pretrained or not is_made(study.head_step, study.layout):
            continue
        prior = torch.from_numpy(study.dataset.opened.prior())
        head = head_of(study.head_step, study.layout)
        lengths = study.shown().lengths
        name = f"{study.name}, trained" + (f", seed {study.seed}" if study.seed else "")
        for n in (n_frames, n_frames * 3 // 2, 2 * n_frames):
            n_clips = min(COVERED, int((lengths >= n).sum()))
            if n_clips < 2 or n > MAX_FRAMES:
                continue
            units = sampled_units(study, evenly_spaced(lengths, [n], n_clips), n)
            rows += rows_of_heads(name, head, units, prior, repeats)
    known = measure_coverage([n_frames, 3 * n_frames // 2, 4 * n_frames, 8 * n_frames], repeats)
    return pd.concat([pd.DataFrame(rows), known], ignore_index=True) if rows else known


def headline_of_coverage(coverage: pd.DataFrame) -> dict[str, float]:
    """Of each estimator the mean over games and clips that are not told exactly, and the least."""
    metrics = {}
    for name, rows in coverage.groupby("estimator"):
        metrics[f"coverage_of_{name}"] = float(rows["coverage"].mean())
        metrics[f"coverage_least_of_{name}"] = float(rows["least"].min())
    return metrics


def of_checkpoints(rounds: int) -> dict[str, pd.DataFrame]:
    """What dropping tokens saves; on a GPU, clips per second. Nothing without transformers."""
    if find_spec("transformers") is None:
        return {}
    tables = {"dropping": measure_dropping(rounds), "card": measure_card(rounds)}
    return {name: table for name, table in tables.items() if len(table)}


def headline_of_checkpoints(tables: dict[str, pd.DataFrame]) -> dict[str, float]:
    """Dropping over freezing, and on a GPU the share of its matrix rate."""
    metrics = {}
    if "dropping" in tables:
        rows = tables["dropping"].set_index("removal")
        metrics["dropping_over_freezing"] = float(rows.loc["drop", "over freeze"])
    if "card" in tables:
        # of the better way of bfloat16, the least of the models
        shares = tables["card"].groupby("model")["share of matrix rate"].max()
        metrics["card_share"] = float(shares.min())
    return metrics


def headline_of_estimates(table: pd.DataFrame) -> dict[str, float]:
    """Of a clip alone, of the most classes."""
    alone = table[table["n_clips"] == 1]
    most = alone.loc[alone["n_classes"].idxmax()]
    return {
        "first_estimate_ms": float(most["first"]),
        "further_estimate_ms": float(most["further"]),
    }


def headline_of_decoding(decoding: pd.DataFrame) -> dict[str, float]:
    """What sampling costs over bare decoding, and how many clips a core reads."""
    ours = decoding.set_index("reader").loc["playfair"]
    return {
        "sampling_over_decoding": float(ours["over decoding"]),
        "clips_per_second_and_core": float(ours["clips per second and core"]),
    }


def captions(n_frames: int, long_run: int, split_size: int) -> dict[str, str]:
    """What each table holds."""
    return {
        "speed": "All classes; sizes 256-256-174, scales up to 8. Peak memory is above what was "
        "held before. The plain definition calls the model once per coalition.",
        "exact": f"Exact values of one video at {n_frames} frames on the trained heads: ours for "
        "all classes, shapiq's for one; CPU time on one thread.",
        "error": f"Mean squared error against exact values at {2 * n_frames} frames on trained "
        "heads. Where calls of the model are counted, of the highest class only, as in "
        "the table of peers.",
        "long": f"Against a long run of an unbiased estimator ({long_run} scores of coalitions per "
        "video), whose own mean squared standard error (reference mse) is taken off the mse and "
        "joined in the intervals: it is noisy where the reference's is not far below. Stated: the "
        "mean squared standard error of the estimate. The surrogate is judged on all scales, the "
        "stratified estimator on the first alone, as a TSN.",
        "length": "Sampled values, 904 evaluations: of heads (surrogate), of a TSN (stratified).",
        "estimate_time": "Estimates of a GRU that is called, for all classes: ms of a clip beside the "
        "model's passes, on all threads, of a first clip and of a further one, which shares what is "
        "drawn and solved; n_clips are explained in a call.",
        "coverage": "Share of exact values within the stated 95 % intervals, over draws: on trained "
        "heads where there are some (experiment=train model=both makes them), on games of known "
        "values, and on heads that answer to 3 or 5 frames together; called: as a function whose "
        "layers are not read. Least: of one clip, or game: of few draws it scatters, as the values of "
        "a draw err together. Exact: clips or games that all draws tell exactly, which any interval "
        "holds; they are left out. Where all that was evaluated of a clip is alike, no error is "
        "stated, and none is judged.",
        "evaluation": f"ESVs of {split_size} feature sequences of {n_frames} frames, by processes "
        "of one thread each; own memory leaves out mapped pages of the features' file.",
        "extraction": "ms per frame of ResNet-18: alone, on ready tensors, and extracting features "
        "from decoded frames into the store; of CPU time on the CPU.",
        "decoding": "8 frames of a VP9 clip of 48 frames of 426 × 240 pixels; of CPU time on one "
        f"thread. A row for torchcodec: {NO_TORCHCODEC}.",
        "dropping": "Exact values of one clip of 8 elements on a VideoMAE-small of 2 layers and "
        "48 × 48 pixels, by removal; of CPU time on the CPU. True sizes: table card, on a GPU.",
        "card": "Exact values with tokens dropped, random weights of the true size; in bfloat16 are "
        "products alone, as precision=bfloat16 has it, or weights and tokens. Error: of an ESV from "
        "float32's.",
        "intervals": "95 % intervals of means and shares on 2,000 simulated studies a row: how often "
        "they hold the truth, and how often a percentile bootstrap does (docs/statistics.md).",
        "pixels": "ms per forward pass of a small video transformer on 8 pairs of frames, exact "
        "values: the passes alone, and explaining by them, over the same batches; of CPU time on "
        "the CPU.",
    }


def headline(
    speed: pd.DataFrame,
    exact: pd.DataFrame,
    error: pd.DataFrame,
    long: pd.DataFrame,
    evaluation: pd.DataFrame,
    extraction: pd.DataFrame,
    pixels: pd.DataFrame,
) -> dict[str, float]:
    """The numbers of the measured tables that are watched from one version to the next."""
    metrics = {
        f"over_floor_{int(row.frames)}": float(row["over floor"]) for _, row in speed.iterrows()
    }
    metrics["peak_mb"] = float(speed["peak MB"].max())
    metrics["bfloat16_error"] = float(speed["bfloat16 error"].max())
    if exact["difference"].notna().any():
        metrics["shapiq_difference"] = float(exact["difference"].max())
    in_heads = error[error["counted in"] == HEADS].set_index("estimator")
    ours = in_heads.loc[["playfair surrogate"]]
    published = in_heads.loc[["playfair constructive"]]
    near = (ours["evaluations"] - 904).abs().argmin()
    ratio = published["mse"].iloc[near] / ours["mse"].iloc[near]
    metrics["constructive_over_surrogate"] = float(ratio)
    metrics["surrogate_coverage"] = float(ours["coverage"].iloc[near])
    bare, one_rank, two_ranks, _ = evaluation["seconds"]
    metrics["callback_over_explain"] = one_rank / bare
    metrics["two_ranks_speedup"] = one_rank / two_ranks
    metrics["extraction_share"] = float(extraction["share"].min())
    metrics["explain_over_passes"] = float(pixels["over bare"].max())
    metrics["rank_peak_gb"] = float(evaluation["peak_gb"].max())
    for _, row in long.iterrows():
        metrics[f"{row.estimator}_coverage_{row.frames}"] = float(row.coverage)
    return metrics
