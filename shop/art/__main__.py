"""`python -m shop.art FOLDER` writes every drawing into a folder; static/art holds what it wrote last."""

import sys
from pathlib import Path

from shop import art

if __name__ == "__main__":
    if len(sys.argv) != 2:  # noqa: PLR2004  (the program and one folder)
        raise SystemExit("usage: python -m shop.art FOLDER")
    print(f"{art.write(Path(sys.argv[1]))} drawings")
