"""The WSGI door and `python app.py`: builds the portal from the environment and serves it."""

import sys

from portal.serving import build, serve

if __name__ == "__main__":
    sys.exit(serve())
else:
    app = build()
