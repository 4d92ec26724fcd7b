"""A layer of selection as it is told of an answer that was given."""

from portal.domain.reasons import Layer
from portal.web.api.schemas import Told


class AskedLayer(Told):
    """One layer that was asked. `outcome` is `chosen`, or the reason why it chose none."""

    layer: Layer
    outcome: str
    model: str
