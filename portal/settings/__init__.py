"""All settings, by theme. Everything that differs between places comes from the environment.

A secret `NAME` may also be given as `NAME_FILE`, the path of a file that holds it. What is missing
and needed fails at start with a sentence that says what to set. Each part reads from `place`, and none
from another beside it.
"""

from portal.settings.api import *
from portal.settings.builds import *
from portal.settings.house import *
from portal.settings.jobs import *
from portal.settings.logs import *
from portal.settings.pages import *
from portal.settings.people import *
from portal.settings.place import *
from portal.settings.registry import *
