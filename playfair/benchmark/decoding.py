"""Sampling frames of clips, beside a plain PyAV loop and torchcodec: clips per second and core."""

import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from statistics import median

import av
import numpy as np
import pandas as pd

from playfair.video.reader import sample_frames
from playfair.video.sampling import segment_centres

SIZE = (240, 426)  # pixels
LENGTH = 48  # frames of a clip: four seconds of Something-Something
FRAMES = 8  # that are sampled
NO_TORCHCODEC = (
    "pip install torchcodec, in the release that is made for this torch, and FFmpeg's libraries"
)


def measure_decoding(rounds: int, size: tuple[int, int] = SIZE) -> pd.DataFrame:
    """CPU time of sampling a VP9 clip of 240 lines, as Something-Something's are.

    Args:
        rounds: interleaved; the medians count.
        size: height and width of the clip, pixels.

    Returns:
        A row per reader: "reader"; "ms" per clip; "over decoding", times the bare decoding of all
        frames up to the last that is needed; "clips per second and core".
    """
    with tempfile.TemporaryDirectory(prefix="playfair-benchmark-") as folder:
        clip = write_clip(Path(folder) / "clip.webm", *size)
        centres = partial(segment_centres, n_frames=FRAMES)
        last = int(centres(LENGTH)[-1])
        readers: dict[str, Callable[[], object]] = {
            "decoding alone": partial(decode_only, clip, last),
            "plain PyAV": partial(plain, clip, centres(LENGTH)),
            "playfair": partial(sample_frames, clip, centres),
        }
        if torchcodec_loads():
            readers["torchcodec"] = partial(by_torchcodec, clip)
        times: dict[str, list[float]] = {name: [] for name in readers}
        for _ in range(rounds + 1):
            for name, read in readers.items():
                began = time.process_time()
                read()
                times[name].append(time.process_time() - began)
    rows = []
    for name, measured in times.items():
        # the first round warms up
        pairs = zip(measured[1:], times["decoding alone"][1:], strict=True)
        seconds = median(measured[1:])
        rows.append(
            {
                "reader": name,
                "ms": 1e3 * seconds,
                "over decoding": median(own / bare for own, bare in pairs),
                "clips per second and core": 1 / seconds,
            }
        )
    return pd.DataFrame(rows)


def write_clip(file: Path, height: int, width: int) -> Path:
    """Soft shapes that move, with a little noise, one key frame: about 100 kB."""
    rng = np.random.default_rng(0)
    rows = np.arange(height)[:, None]
    columns = np.arange(width)[None]
    with av.open(str(file), "w", format="webm") as container:
        fast = {"g": "999", "deadline": "realtime", "cpu-used": "8"}
        stream = container.add_stream("libvpx-vp9", rate=12, options=fast)
        stream.height = height
        stream.width = width
        stream.pix_fmt = "yuv420p"
        stream.bit_rate = 250_000
        for number in range(LENGTH):
            waves = np.sin((columns + 5 * number) / 30) + np.sin((rows - 3 * number) / 20)
            noise = rng.normal(0, 4, (height, width, 1))
            picture = 120 + 40 * waves[..., None] * np.array([1, -1, 0.5]) + noise
            frame = av.VideoFrame.from_ndarray(picture.clip(0, 255).astype(np.uint8), "rgb24")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return file


def decode_only(clip: Path, last: int) -> None:
    """All frames up to the last that is needed, none of them converted."""
    with av.open(str(clip)) as container:
        container.streams.video[0].thread_count = 1
        for number, _ in enumerate(container.decode(video=0)):
            if number == last:
                return


def plain(clip: Path, indices: np.ndarray) -> np.ndarray:
    """As one would write it down, knowing the clip's length already."""
    wanted = set(indices.tolist())
    pictures = []
    with av.open(str(clip)) as container:
        container.streams.video[0].thread_count = 1
        for number, frame in enumerate(container.decode(video=0)):
            if number in wanted:
                pictures.append(frame.to_ndarray(format="rgb24"))
            if number == max(wanted):
                break
    return np.stack(pictures)


def torchcodec_loads() -> bool:
    """Whether it is there, and made for this torch and FFmpeg."""
    try:
        import_module("torchcodec.decoders")
    except (ImportError, OSError, RuntimeError):
        return False
    return True


def by_torchcodec(clip: Path) -> object:
    """With its exact seeking, which counts frames first, too."""
    from torchcodec.decoders import VideoDecoder

    decoder = VideoDecoder(str(clip), num_ffmpeg_threads=1, dimension_order="NHWC")
    return decoder.get_frames_at(segment_centres(len(decoder), FRAMES).tolist()).data
