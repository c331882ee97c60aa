"""A list of 650,000 clips, as many as Kinetics-700 has: seconds and memory."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

# the fast tests read a list of 20,000 by the same lines: test_many_rows_are_columns
pytestmark = pytest.mark.slow

N_CLIPS = 650_000
OPEN = """
import json, resource, sys, time
from pathlib import Path
from playfair.datasets.clips import open_dataset
path = Path(sys.argv[1])
seconds = [time.process_time()]
dataset = open_dataset(path.parent, videos=False, list=path)
seconds.append(time.process_time())
split = dataset.split("train")
dataset.prior()
dataset.identity()
dataset.clip(str(split.uids[-1]))
seconds.append(time.process_time())
most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
print(json.dumps([len(split), seconds[1] - seconds[0], seconds[2] - seconds[1], most]))
"""


def rows(form: str):
    """A list's lines, of 700 classes."""
    for i in range(N_CLIPS):
        name, start = f"{i:011x}", i % 300
        label = f"class number {i % 700}"
        if form == "kinetics":
            yield f"{label},{name},{start},{start + 10},train\n"
        else:
            yield f"{label}/{name}_{start:06d}_{start + 10:06d}.mp4,{label},train\n"


@pytest.mark.parametrize("form", ["kinetics", "table"])
def test_it_opens_in_ten_seconds_and_two_gigabytes(form: str, tmp_path: Path) -> None:
    headers = {
        "kinetics": "label,youtube_id,time_start,time_end,split",
        "table": "path,label,split",
    }
    path = tmp_path / "list.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write(headers[form] + "\n")
        file.writelines(rows(form))
    done = subprocess.run([sys.executable, "-c", OPEN, str(path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    n_clips, opening, asking, most = json.loads(done.stdout)
    print(f"\n{form}: {opening:.1f} s of CPU to open, {asking:.1f} s to ask, {most:.2f} GB")
    assert n_clips == N_CLIPS
    # of CPU, which a busy machine does not change
    assert opening < 10 and asking < 10 and most < 2
