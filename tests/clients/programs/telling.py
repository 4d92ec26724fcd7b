"""What the programs of this folder ask, each with its own package, and how they tell what came of it.

`python with_PACKAGE.py <API> <what> <model>` prints JSON: for each word of `what` what the asker's method of this name
gives back. Programs know a base URL and a token, from the variables of their packages, and nothing else.
"""

import json
import sys

SYSTEM, QUESTION = "Be short.", "Where is rounding done?"
BREAK, WAIT = "Break off.", "Wait."
STATUSES = (400, 429, 500)
DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
TOOL, DESCRIPTION, RESULT = "read_file", "Reads a file.", "round(x, 2)"
PARAMETERS = {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}


class Asker:
    """One way to ask. `chat` and `pieces` take what to ask; what they raise is told by `told_of`."""

    def __init__(self, model):
        self.model = model

    def failures(self):
        return [self.refused(f"Fail with {status}.") for status in STATUSES]

    def refused(self, question=QUESTION):
        """The classes of what is raised, its status, and its words."""
        try:
            return self.chat(question)
        except Exception as error:
            return self.told_of(error)

    def breaks(self):
        """What was read of a stream before it broke, and what was raised then."""
        read = ""
        try:
            for piece in self.pieces(BREAK):
                read += piece
        except Exception as error:
            return [read, *self.told_of(error)]
        return [read]

    def leaves(self):
        """Reads the beginning of a stream and goes."""
        pieces = self.pieces(WAIT)
        read = next(piece for piece in pieces if piece)
        pieces.close()
        return read


def classes(error):
    """Its class, and those that it is a kind of: LangChain's are also those of the package below."""
    return [each.__name__ for each in type(error).__mro__]


def tell(askers):
    api, what, model = sys.argv[1:]
    asker = askers[api](model)
    json.dump({name: getattr(asker, name)() for name in what.split(",")}, sys.stdout)
