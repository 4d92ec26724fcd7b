"""Streams that say things twice: what of a delta is new, where servers repeat what they had sent already."""

LEAST_REPEATED = 20
"""Characters of an answer from which on a last delta that equals all before it is no chance."""


class TextAccumulator:
    """The words of one answer as they arrive, of one kind: its text or its thinking."""

    def __init__(self) -> None:
        self._text = ""
        self._deltas = 0
        self._messages = 0

    def delta(self, words: str, *, last: bool = False) -> str:
        """What a delta adds: all of it, but that the last one may say everything once more."""
        if last and self._deltas > 1 and len(words) >= LEAST_REPEATED and words == self._text:
            return ""
        return self._add(words)

    def message(self, words: str) -> str:
        """What a whole message adds in the midst of a stream: only what its deltas did not bring.

        A server that sends nothing but messages means deltas by them, or all so far, again and again.
        """
        if words.startswith(self._text):
            self._messages += 1
            return self._add(words[len(self._text) :])
        if self._deltas > self._messages:
            return ""
        self._messages += 1
        return self._add(words)

    def _add(self, words: str) -> str:
        if words:
            self._text += words
            self._deltas += 1
        return words


class BlockStart:
    """The words that a block of an answer begins with, which some servers repeat in the block's first delta."""

    def __init__(self) -> None:
        self._text = self._thinking = ""

    def begin(self, text: str, thinking: str) -> tuple[str, str]:
        """A block begins with these; returns those of one before it that no delta repeated."""
        before = self.rest()
        self._text, self._thinking = text, thinking
        return before

    def delta(self, text: str, thinking: str) -> tuple[str, str]:
        """A delta of the block, behind its first words where it does not begin with them."""
        began_text, began_thinking = self.rest()
        return (
            text if began_text and text.startswith(began_text) else began_text + text,
            thinking if began_thinking and thinking.startswith(began_thinking) else began_thinking + thinking,
        )

    def rest(self) -> tuple[str, str]:
        """The first words that wait; none are left."""
        waiting = self._text, self._thinking
        self._text = self._thinking = ""
        return waiting
