"""The command line: compose, check, supervise, sweep, and turn errors into what to type."""

from pathlib import Path

# Hydra's groups; of a checkout, a link to the folder at the top
CONF = Path(__file__).parents[1] / "conf"
