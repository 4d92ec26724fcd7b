"""What a service may raise; `portal.web.errors` turns each into a page, an answer or a sentence beside a field."""


class PortalError(Exception):
    """A failure that is shown to a person. `sentence` is written for them."""

    status = 500

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class NotFound(PortalError):
    """There is no such thing, or it is not yours: the two look alike on purpose."""

    status = 404

    def __init__(self, sentence: str = "There is nothing of that name here, or you have no access to it.") -> None:
        super().__init__(sentence)


class Denied(PortalError):
    """The rules forbid it, whoever asks nicely."""

    status = 403


class Conflict(PortalError):
    """It clashes with what is stored: a name in use, a second running answer, the last administrator."""

    status = 409


class Invalid(PortalError):
    """Input that cannot be used. `faults` maps each field's name to its sentence; `""` is the form as a whole."""

    status = 422

    def __init__(self, faults: dict[str, str]) -> None:
        super().__init__(" ".join(faults.values()))
        self.faults = faults


class Throttled(PortalError):
    """Too often; `retry_after` says in how many seconds it makes sense again."""

    status = 429

    def __init__(self, sentence: str, retry_after: int) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class Unavailable(PortalError):
    """The portal cannot serve this now: a gate is off, a master key is missing, a disk is full."""

    status = 503


class Overloaded(Unavailable):
    """The portal serves as much of this as it can; `retry_after` says in how many seconds it makes sense again."""

    def __init__(self, sentence: str, retry_after: int) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after
