"""python -m divlite."""

import sys

from .cli import main

# Not where another process imports it as its own main module.
if __name__ == "__main__":
    sys.exit(main())
