"""The rows of provider types, in the order in which their cards are shown; `provider_types.table` reads them."""

from portal.dialects.provider_types.rows.clouds import CLOUDS
from portal.dialects.provider_types.rows.gateways import GATEWAYS
from portal.dialects.provider_types.rows.servers import SERVERS

ROWS = (*CLOUDS, *GATEWAYS, *SERVERS)
