"""The one place of colours, names and number formats: of figures, pages, sentences and terminal."""

from playfair.report.look.colours import *  # noqa: F403
from playfair.report.look.names import *  # noqa: F403
from playfair.report.look.numbers import *  # noqa: F403
from playfair.report.look.paper import *  # noqa: F403
