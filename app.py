"""The WSGI entry point and `python app.py`: builds the portal from the environment and serves it."""

import sys

from portal.serving import CannotStart, build, serve

if __name__ == "__main__":
    sys.exit(serve())

try:
    app = build()
except CannotStart as error:
    sys.exit(str(error))
