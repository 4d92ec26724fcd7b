"""What `make run` installs is small: at most 150 MB with pip itself, as the disk counts it."""

import re
from importlib.metadata import PackageNotFoundError, distribution

from tests.processes.forked import ROOT

MOST = 150_000_000
INSTALLER = "pip"


def on_disk(name: str) -> int:
    """What the files of a package take on the disk, with what pip compiled of them; 0 where it is not installed."""
    try:
        files = distribution(name).files
    except PackageNotFoundError:
        return 0
    assert files, f"{name} does not say which files it has"
    places = {file.locate() for file in files}
    return sum(place.stat().st_blocks * 512 for place in places if place.is_file())


def test_what_the_portal_runs_with_is_small():
    names = re.findall(r"(?m)^([\w.-]+)==", (ROOT / "requirements/run.txt").read_text())
    taken = {name: on_disk(name) for name in (*names, INSTALLER)}
    assert sum(size > 0 for size in taken.values()) > 30, "the packages were not found"
    largest = sorted(taken.items(), key=lambda one: -one[1])[:5]
    assert sum(taken.values()) <= MOST, f"the largest are {largest}"
