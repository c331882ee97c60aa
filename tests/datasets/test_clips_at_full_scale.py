"""A list of 650,000 clips, as many as Kinetics-700 has: seconds and memory."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# the fast tests read a list of 20,000 by the same lines: test_many_rows_are_columns
pytestmark = pytest.mark.slow

N_CLIPS = 650_000
N_CLASSES = 700
OPEN = """
import json, resource, sys, time
from pathlib import Path
from playfair.datasets.clips import open_dataset
path, videos = Path(sys.argv[1]), sys.argv[2] == "there"
seconds = [time.process_time()]
dataset = open_dataset(path.parent, videos=videos, list=path)
seconds.append(time.process_time())
split = dataset.split("train")
dataset.prior()
dataset.identity()
last = dataset.clip(str(split.uids[-1]))
seconds.append(time.process_time())
most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
decoder = "torch" in sys.modules or "playfair.video.reader" in sys.modules
n_frames = 0
if videos:
    from playfair.video.reader import sample_frames
    n_frames = len(sample_frames(last, lambda n: range(0, n, 4)))
passed = [len(split), seconds[1] - seconds[0], seconds[2] - seconds[1], most, decoder, n_frames]
print(json.dumps(passed))
"""


def name_of(i: int) -> str:
    return f"class number {i % N_CLASSES}/{i:011x}_{i % 300:06d}_{i % 300 + 10:06d}.mp4"


def rows(form: str) -> Iterator[str]:
    """A list's lines."""
    for i in range(N_CLIPS):
        label = f"class number {i % N_CLASSES}"
        if form == "kinetics":
            yield f"{label},{i:011x},{i % 300},{i % 300 + 10},train\n"
        else:
            yield f"{name_of(i)},{label},train\n"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Pytest keeps its folders, and 650,000 files are too many to keep."""
    yield tmp_path
    shutil.rmtree(tmp_path)


def lay_out(folder: Path, clip: Path) -> None:
    """Every clip of the list, as a file: links to a copy for each class, as an inode has few links."""
    for label in range(N_CLASSES):
        first = folder / name_of(label)
        first.parent.mkdir()
        shutil.copy(clip, first)
        for i in range(label + N_CLASSES, N_CLIPS, N_CLASSES):
            os.link(first, folder / name_of(i))


@pytest.mark.parametrize("form", ["kinetics", "table"])
@pytest.mark.parametrize("files", ["absent", "there"])
def test_it_opens_in_ten_seconds_and_two_gigabytes(
    form: str, files: str, folder: Path, clip: Path
) -> None:
    headers = {
        "kinetics": "label,youtube_id,time_start,time_end,split",
        "table": "path,label,split",
    }
    path = folder / "list.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write(headers[form] + "\n")
        file.writelines(rows(form))
    if files == "there":
        lay_out(folder, clip)
    done = subprocess.run(
        [sys.executable, "-c", OPEN, str(path), files], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    n_clips, opening, asking, most, decoder, n_frames = json.loads(done.stdout)
    print(
        f"\n{form}, {files}: {opening:.1f} s of CPU to open, {asking:.1f} s to ask, {most:.2f} GB"
    )
    assert n_clips == N_CLIPS and done.stderr == ""
    # of CPU, which a busy machine does not change
    assert opening + asking < 10 and most < 2
    assert not decoder  # nothing that decodes is even imported
    assert n_frames > 3 or files == "absent"
