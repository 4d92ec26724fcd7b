"""Every route and who may use it, written out: a change here is a change of who may do what."""

ROUTES: list[tuple[str, str, str]] = []
