"""`GET /providers/{name}/keys`"""

from portal.domain.permissions import Permission
from portal.services.providers.detail import read_detail
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Page
from portal.web.api.shared_keys.shapes import PooledKey, row_of


@endpoint("GET", "/providers/{name}/keys", Permission.PROVIDER_VIEW)
def run(call: Call, name: str) -> Page[PooledKey]:
    """List the shared keys of a provider, in the order in which they serve. There is one page of them."""
    return Page(data=[row_of(row) for row in read_detail(call.actor, call.runtime, name).pool.rows])
