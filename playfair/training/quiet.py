"""Lightning without its greetings: imported by all that make a Trainer."""

import logging
import warnings

import pytorch_lightning  # noqa: F401  # sets its own level when it is imported

# no greetings before every fit and predict
logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)
# our supervisor is what starts processes, within Slurm too
warnings.filterwarnings(
    "ignore", message="The `srun` command is available on your system but is not used"
)
# Lightning 2.6 calls a function that torch 2.13 has renamed, at every fit and predict
warnings.filterwarnings("ignore", message=".*isinstance.treespec, LeafSpec.. is deprecated.*")
# as many workers as dataset.workers says, which is the same on all machines
warnings.filterwarnings("ignore", message="This DataLoader will create")
