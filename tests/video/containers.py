"""Small clips in many containers and codecs, written by the ffmpeg command."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

SOURCE = "testsrc=size={}:rate=12:duration=3"
X264 = "-c:v libx264 -preset ultrafast -g 10 -bf 2"
# name → size, what the encoder is told, and what the ffmpeg command is told to show it as stored
RECIPES = {
    "vp9.webm": ("64x48", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 9"),
    "vp8.webm": ("64x48", "-c:v libvpx -g 9 -auto-alt-ref 1 -lag-in-frames 10"),
    "av1.mkv": ("64x64", "-c:v libsvtav1 -preset 12 -g 9"),
    "h264.mp4": ("64x48", X264),
    "open_gop.mp4": ("64x48", "-c:v libx264 -g 9 -bf 3 -x264-params open-gop=1:scenecut=0"),
    "h264.mkv": ("64x48", X264),
    "h264.ts": ("64x48", X264),
    "h264.avi": ("64x48", X264),
    "h264.flv": ("64x48", X264),
    "raw.h264": ("64x48", X264),
    "hevc.mp4": ("64x48", "-c:v libx265 -g 9 -x265-params open-gop=1:log-level=error"),
    "mpeg4.avi": ("64x48", "-c:v mpeg4 -g 9 -bf 2"),
    "mpeg2.mpg": ("64x48", "-r 24 -c:v mpeg2video -g 9 -bf 2"),
    "clip.gif": ("64x48", ""),
    "alpha.mov": ("64x48", "-c:v qtrle -pix_fmt argb"),
    "alpha.webm": ("64x48", "-c:v libvpx-vp9 -pix_fmt yuva420p -cpu-used 8 -deadline realtime"),
    "ten_bit.mp4": ("64x48", "-c:v libx264 -preset ultrafast -pix_fmt yuv420p10le"),
    "ten_bit.webm": ("64x48", "-c:v libvpx-vp9 -profile:v 2 -pix_fmt yuv420p10le -cpu-used 8"),
    "full_chroma.mp4": ("64x48", "-c:v libx264 -preset ultrafast -pix_fmt yuv444p"),
    "rgb.mkv": ("64x48", "-c:v ffv1 -pix_fmt bgr0"),
    "gray.mkv": ("64x48", "-c:v ffv1 -pix_fmt gray"),
    "prores.mov": ("64x48", "-c:v prores_ks"),
    "motion_jpeg.avi": ("64x48", "-c:v mjpeg"),
    "odd.webm": ("47x33", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8"),
    "tiny.mkv": ("2x2", "-c:v libx264 -preset ultrafast"),
    "tiny.webm": ("1x1", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8"),
    "one_frame.mp4": ("64x48", "-frames:v 1 -c:v libx264"),
    "no_b_frames.mp4": ("64x48", "-c:v libx264 -preset ultrafast -tune zerolatency -g 9"),
}
SOUND = "-f lavfi -i sine=frequency=440:duration=3 -c:a aac -shortest"
