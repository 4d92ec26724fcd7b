"""Streams that say things twice: what of a piece is new, where servers repeat what they had sent already."""

LEAST_REPEATED = 20
"""Characters of an answer from which on a last piece that equals all before it is no chance."""


class Gathering:
    """The words of one answer as they arrive, of one kind: its text or its thinking."""

    def __init__(self) -> None:
        self._text = ""
        self._pieces = 0
        self._wholes = 0

    def piece(self, words: str, *, last: bool = False) -> str:
        """What a piece adds: all of it, but that the last one may say everything once more."""
        if last and self._pieces > 1 and len(words) >= LEAST_REPEATED and words == self._text:
            return ""
        return self._add(words)

    def whole(self, words: str) -> str:
        """What a whole message adds in the midst of a stream: only what its pieces did not bring.

        A server that sends nothing but messages means pieces by them, or all so far, again and again.
        """
        if words.startswith(self._text):
            self._wholes += 1
            return self._add(words[len(self._text) :])
        if self._pieces > self._wholes:
            return ""
        self._wholes += 1
        return self._add(words)

    def _add(self, words: str) -> str:
        if words:
            self._text += words
            self._pieces += 1
        return words


class Opening:
    """The words that a block of an answer begins with, which some servers repeat in the block's first piece."""

    def __init__(self) -> None:
        self._text = self._thinking = ""

    def begin(self, text: str, thinking: str) -> tuple[str, str]:
        """A block begins with these; returns those of one before it that no piece repeated."""
        before = self.rest()
        self._text, self._thinking = text, thinking
        return before

    def piece(self, text: str, thinking: str) -> tuple[str, str]:
        """A piece of the block, behind its first words where it does not begin with them."""
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
