import pytest

from playfair.benchmark.decoding import FRAMES, measure_decoding, plain, write_clip
from playfair.video.reader import sample_frames
from playfair.video.sampling import segment_centres


def test_sampling_is_timed_beside_bare_decoding() -> None:
    table = measure_decoding(2, size=(48, 64)).set_index("reader")
    assert {"decoding alone", "plain PyAV", "playfair"} <= set(table.index)
    assert table.loc["decoding alone", "over decoding"] == pytest.approx(1)
    for _, row in table.iterrows():
        assert row["clips per second and core"] == pytest.approx(1000 / row["ms"])


def test_what_is_timed_gives_the_same_pictures(tmp_path) -> None:
    clip = write_clip(tmp_path / "clip.webm", 48, 64)
    indices = segment_centres(48, FRAMES)
    assert (plain(clip, indices) == sample_frames(clip, lambda n: indices)).all()


@pytest.mark.slow  # a matter of seconds of CPU; the fast tests compare what is timed
def test_sampling_costs_little_more_than_decoding() -> None:
    table = measure_decoding(25).set_index("reader")
    assert table.loc["playfair", "over decoding"] <= 1.25
