"""Clips with something odd about them."""

import struct

import av
import numpy as np


def encoded(path, codec, frames, container_format="webm", **options):
    """Writes frames, arrays (height, width, 3), as WebM or what else FFmpeg writes."""
    with av.open(str(path), "w", format=container_format) as container:
        stream = container.add_stream(codec, rate=12, options=options)
        stream.height, stream.width, stream.pix_fmt = *frames[0].shape[:2], "yuv420p"
        for i, frame in enumerate(frames):
            picture = av.VideoFrame.from_ndarray(frame, format="rgb24")
            picture.pts = i
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return path


def turned(path):
    """Writes into an MP4 that its pictures are to be turned by a quarter, clockwise: as phones do."""
    content = bytearray(path.read_bytes())
    matrix = content.index(b"tkhd") + 44  # of its display: behind times, duration and volume
    assert struct.unpack_from(">9i", content, matrix)[:5] == (65536, 0, 0, 0, 65536)
    struct.pack_into(">5i", content, matrix, 0, 65536, 0, -65536, 0)
    path.write_bytes(content)
    return path


def moving(n, height, width):
    """Noise that moves by a pixel a frame: something for an encoder to look ahead for."""
    noise = np.random.default_rng(0).integers(
        0, 256, (height // 8 + 1, width // 8 + 1, 3), dtype=np.uint8
    )
    picture = noise.repeat(8, axis=0).repeat(8, axis=1)[:height, :width]
    return [np.ascontiguousarray(np.roll(picture, i, axis=1)) for i in range(n)]


def changing(tmp_path, sides=(48, 32)):
    """Two clips, of 48×48 and 32×32, and one stream of both: its resolution changes after six frames."""
    clips = [
        encoded(tmp_path / f"{side}.webm", "libvpx-vp9", moving(6, side, side)) for side in sides
    ]
    joined = tmp_path / "joined.webm"
    with av.open(str(joined), "w", format="webm") as out:
        stream = None
        for number, clip in enumerate(clips):
            with av.open(str(clip)) as container:
                stream = stream or out.add_stream_from_template(container.streams.video[0])
                for packet in container.demux(video=0):
                    if packet.size:
                        packet.pts = packet.dts = packet.pts + number * 600
                        packet.stream = stream
                        out.mux(packet)
    return clips, joined
