"""The command line: compose, check, supervise, sweep, and turn errors into what to type."""

import logging
from pathlib import Path

from playfair.printable import PrintableRecords

# Hydra's groups; of a checkout, a link to the folder at the top
CONF = Path(__file__).parents[1] / "conf"

# reasons name clips, classes and paths, which are somebody else's
logging.getLogger("playfair").addFilter(PrintableRecords())
