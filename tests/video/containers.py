"""Small clips in many containers and codecs, written by the ffmpeg command."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

needs_ffmpeg = pytest.mark.skipif(
    shutil.which("ffmpeg") is None, reason="the ffmpeg command writes the clips: apt install ffmpeg"
)
X264 = "-c:v libx264 -preset ultrafast -g 10 -bf 2 -pix_fmt yuv420p"
VP9 = "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 9"
# name → width and height, and what the encoder is told
RECIPES = {
    "vp9.webm": ("64x48", f"{VP9} -pix_fmt yuv420p"),
    "vp8.webm": ("64x48", "-c:v libvpx -g 9 -auto-alt-ref 1 -lag-in-frames 10"),
    "av1.mkv": ("64x64", "-c:v libsvtav1 -preset 12 -g 9"),
    "h264.mp4": ("64x48", X264),
    "open_gop.mp4": (
        "64x48",
        "-c:v libx264 -g 9 -bf 3 -x264-params open-gop=1:scenecut=0 -pix_fmt yuv420p",
    ),
    "h264.mkv": ("64x48", X264),
    "h264.ts": ("64x48", X264),
    "h264.avi": ("64x48", X264),
    "h264.flv": ("64x48", X264),
    "bare.h264": ("64x48", X264),
    "hevc.mp4": ("64x48", "-c:v libx265 -g 9 -x265-params open-gop=1:log-level=error"),
    "mpeg4.avi": ("64x48", "-c:v mpeg4 -g 9 -bf 2"),
    "mpeg2.mpg": ("64x48", "-r 24 -c:v mpeg2video -g 9 -bf 2"),
    "clip.gif": ("64x48", ""),
    "alpha.mov": ("64x48", "-c:v qtrle -pix_fmt argb"),
    "alpha.webm": ("64x48", f"{VP9} -pix_fmt yuva420p"),
    "ten_bit.mp4": ("64x48", "-c:v libx264 -preset ultrafast -pix_fmt yuv420p10le"),
    "ten_bit.webm": ("64x48", f"{VP9} -profile:v 2 -pix_fmt yuv420p10le"),
    "full_chroma.mp4": ("64x48", "-c:v libx264 -preset ultrafast -pix_fmt yuv444p"),
    "rgb.mkv": ("64x48", "-c:v ffv1 -pix_fmt bgr0"),
    "gray.mkv": ("64x48", "-c:v ffv1 -pix_fmt gray"),
    "prores.mov": ("64x48", "-c:v prores_ks"),
    "motion_jpeg.avi": ("64x48", "-c:v mjpeg -pix_fmt yuvj420p"),
    "odd.webm": ("47x33", f"{VP9} -pix_fmt yuv420p"),
    "tiny.mkv": ("2x2", "-c:v libx264 -preset ultrafast -pix_fmt yuv420p"),
    "tiny.webm": ("1x1", f"{VP9} -pix_fmt yuv420p"),
    "one_frame.mp4": ("64x48", "-frames:v 1 -c:v libx264 -pix_fmt yuv420p"),
    "sound.mp4": ("64x48", f"{X264} -c:a aac"),
}
FAST = {"open_gop.mp4", "h264.ts", "h264.avi", "ten_bit.webm", "odd.webm", "clip.gif"}
SINE = "-f lavfi -i sine=frequency=440:duration=3"


def ffmpeg(options: str, *files: Path | str) -> bytes:
    """What the command writes to its output."""
    words = [*options.split(), *map(str, files)]
    run = subprocess.run(["ffmpeg", "-v", "error", "-y", *words], capture_output=True, check=False)
    assert run.returncode == 0, run.stderr.decode()
    return run.stdout


def written(folder: Path, name: str) -> Path:
    """A clip of 36 numbered pictures, 12 a second."""
    size, encoder = RECIPES[name]
    sound = SINE if "-c:a" in encoder else ""
    source = f"-f lavfi -i testsrc=size={size}:rate=12:duration=3"
    ffmpeg(f"{source} {sound} {encoder}", folder / name)
    return folder / name


def shown_by_ffmpeg(file: Path, width: int, height: int, options: str = "") -> np.ndarray:
    """All pictures, by the command: (frame, height, width, 3).

    Colours are taken from the nearest stored ones: swscale's other filters differ from release to
    release where colours are stored in fewer places than brightness.
    """
    to_rgb = f"{options} -vsync passthrough -sws_flags neighbor -f rawvideo -pix_fmt rgb24 -"
    content = ffmpeg(f"-i {file} {to_rgb}")
    return np.frombuffer(content, np.uint8).reshape(-1, height, width, 3)


def size_of(name: str) -> tuple[int, int]:
    """Width and height of a clip of the table."""
    width, height = RECIPES[name][0].split("x")
    return int(width), int(height)
