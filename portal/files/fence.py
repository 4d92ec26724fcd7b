"""Reading a file in a process of its own: what breaks or stalls there is a word here, and nothing else suffers.

A fresh interpreter is started for each file, so that nothing of the portal (keys, connections, the memory of its
threads) is in it. It takes its limits on itself before it looks at the file, and is killed when its time is over or
when the portal ends. So many of a process run at once, and the others wait in the order in which they came.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Literal

AT_ONCE = 2
READER = Path(__file__).with_name("reader.py")
MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """What reading one file may take. `seconds` of time and of processor time, `memory` and `output` in bytes.

    `pixels` of an image, `pages` and `characters` of a document. An image is sent with `side` pixels on its longer
    side and `sent` bytes at most.
    """

    seconds: int = 20
    memory: int = 768 * MIB
    output: int = 32 * MIB
    pixels: int = 40_000_000
    pages: int = 2_000
    characters: int = 2_000_000
    side: int = 2_000
    sent: int = 3_500_000


@dataclass(frozen=True)
class Reading:
    """What was found. `refused` is a word for why nothing was: then `number` may say how much there was.

    Words: `slow`, `broke`, `memory`, `output`, `damaged`, `encrypted`, `pages`, `characters`, `pixels`.
    """

    refused: str = ""
    number: int = 0
    width: int = 0
    height: int = 0
    pages: int = 0
    characters: int = 0
    moves: bool = False
    parts: Mapping[str, bytes] = field(default_factory=dict, repr=False)


def read(
    file: BinaryIO,
    kind: Literal["image", "pdf"],
    media_type: str,
    limits: Limits,
    reader: Path = READER,
) -> Reading:
    """Read a file that has a descriptor of its own, from its beginning. It waits for the process: open no session."""
    wishes = {**vars(limits), "kind": kind, "media_type": media_type, "parent": os.getpid()}
    file.seek(0)
    with tempfile.TemporaryFile() as found:
        # `-I`: no variable and no folder of whoever started the portal decides what is loaded.
        command = [sys.executable, "-I", str(reader), json.dumps(wishes)]
        process = subprocess.Popen(  # noqa: S603
            command, stdin=file.fileno(), stdout=found, stderr=subprocess.DEVNULL, env={}, cwd="/"
        )
        try:
            code = process.wait(limits.seconds)
        except subprocess.TimeoutExpired:
            return Reading("slow")
        finally:
            process.kill()
            process.wait()
        found.seek(0)
        return _found(found, code)


def _found(found: BinaryIO, code: int) -> Reading:
    if code == 3:
        return Reading("output")
    if code == -24 or code == -9:  # SIGXCPU, and what follows it
        return Reading("slow")
    if code != 0:
        return Reading("broke")
    try:
        facts = json.loads(found.readline(64 * 1024))
        parts = {name: found.read(size) for name, size in facts.pop("parts")}
        return Reading(**facts, parts=parts)
    except (ValueError, TypeError, KeyError):
        return Reading("broke")
