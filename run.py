"""The door: `python run.py VERB` is the same as `aggregator VERB`."""

import sys

from aggregator.cli import main

if __name__ == "__main__":
    sys.exit(main())
