"""`import playfair` works where nothing but torch, numpy and jaxtyping is installed."""

import subprocess
import sys

# What Python brings is no package; what torch itself imports is torch's.
EXPLAIN = """
import sys
import torch, numpy, jaxtyping
before = {name.partition(".")[0] for name in sys.modules}
import playfair
model = playfair.TSN(feature_dim=4, n_classes=3).eval()
prior = torch.full((3,), 1 / 3)
playfair.explain(model, torch.randn(2, 5, 4), prior)
playfair.explain(model, torch.randn(2, 25, 4), prior, budget=200)
playfair.interactions(lambda x: x.mean(1), torch.randn(2, 3, 3), prior)
new = {name.partition(".")[0] for name in sys.modules} - before - set(sys.stdlib_module_names)
print(sorted(new))
"""


def test_explaining_loads_no_other_package():
    ran = subprocess.run(
        [sys.executable, "-c", EXPLAIN], capture_output=True, text=True, timeout=120
    )
    assert ran.stdout.strip() == "['playfair']", ran.stdout + ran.stderr


def test_importing_playfair_does_not_load_torch():
    code = "import sys, playfair; print('torch' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert ran.stdout.strip() == "False"
