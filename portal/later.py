"""Modules that are loaded when something of them is first used: a start need not wait for them or keep them in memory.

They are named where every other import stands, so that the laws of imports read them as such.
"""

import importlib
from types import ModuleType
from typing import Any


class Later:
    """Stands for the module of this name until something is read from it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._module: ModuleType | None = None

    def __getattr__(self, attribute: str) -> Any:
        # Two threads may both come here: Python itself sees to it that a module is loaded once, and whole.
        self._module = self._module or importlib.import_module(self._name)
        return getattr(self._module, attribute)
