"""``python -m builds.engine``: the engine on the command line."""

import sys

from builds.engine.cli import main

if __name__ == "__main__":
    sys.exit(main())
