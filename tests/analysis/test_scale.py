"""Every analysis over ESVs of as many videos, frames and classes as Something-Something v2's validation split has."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.analysis.stores import random_store
from tests.conftest import ROOT

# what each experiment does with a store once it is there; `esvs` is the store
ANALYSES = {
    "accuracy": "from playfair.analysis.accuracy import *; accuracy(esvs); additivity(esvs)",
    "support": "from playfair.analysis.support import *; by_prediction(esvs); distributions(esvs)",
    "position": "from playfair.analysis.position import *; by_position(esvs); compare({'a': extremes(esvs)}); "
    "from playfair.analysis.evidence import *; "
    "compare({'a': esvs_inside_and_outside(esvs, evidence_of(esvs))})",
    "classes": "from playfair.experiments.classes import of_stores; of_stores({'a': esvs}, 16)",
    "length": "from playfair.analysis.length import *; of = {n: at_length(esvs) for n in range(1, 12)}; "
    "[compare({'a': table}) for table in of.values()]; first_right(of)",
    "interactions": "from playfair.analysis.frame_pairs import *; import numpy as np; "
    "from playfair.analysis.evidence import Evidence; rng = np.random.default_rng(0); "
    "n = esvs.sizes['video']; "
    "measures = {name: rng.normal(size=(n, 16, 16)).astype('f4') for name in 'abc'}; "
    "inside = rng.random((n, 16)) < 0.5; "
    "kinds = pair_kinds(rng.random((n, 16)) < 0.5, Evidence(inside, ~inside)); "
    "by_pair(measures); by_distance(measures); by_kind(measures, kinds)",
}
SCRIPT = """
import sys, time
from pathlib import Path
from playfair.analysis.compare import compare
from playfair.steps.esv_store import open_store
esvs = open_store(Path(sys.argv[1]))
started, cpu = time.perf_counter(), time.process_time()
{analysis}
peak = int([line for line in open("/proc/self/status") if line.startswith("VmHWM")][0].split()[1]) / 2**20
print(time.perf_counter() - started, time.process_time() - cpu, peak)
"""


@pytest.mark.slow
@pytest.mark.parametrize("analysis", ANALYSES)
def test_an_analysis_of_a_whole_dataset_takes_seconds_and_little_memory(
    analysis: str, store: Path
) -> None:
    script = SCRIPT.format(analysis=ANALYSES[analysis])
    one_thread = {**os.environ, "OMP_NUM_THREADS": "1"}  # else CPU time counts threads that wait
    command = [sys.executable, "-c", script, str(store)]
    done = subprocess.run(command, cwd=ROOT, env=one_thread, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    wall, cpu, peak = map(float, done.stdout.split())
    print(f"{analysis}: {wall:.1f} s, {cpu:.1f} s of CPU, {peak:.2f} GiB")
    assert peak < 4 and cpu < 30


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("scale") / "frames-16.zarr"
    random_store(path, videos=24_777, frames=16, classes=174)
    return path
