"""The front door: `python run.py` opens the shop; `python run.py --help` lists what else it does."""

import sys

from server.commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
