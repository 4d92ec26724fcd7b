"""The rows of provider types, in the order in which their cards are shown. `portal.dialects.types` reads them."""

from portal.dialects.rows.clouds import CLOUDS
from portal.dialects.rows.gateways import GATEWAYS
from portal.dialects.rows.servers import SERVERS

ROWS = (*CLOUDS, *GATEWAYS, *SERVERS)
