"""APIs that a provider turned out not to have: remembered until its address changes, so that each is asked for once."""

from uuid import UUID

import structlog

from portal.store import providers
from portal.store.base import transaction
from portal.store.catalog import lock_catalog

log = structlog.get_logger("portal.gateway")


def remember(provider_id: UUID, api: str) -> None:
    """The provider does not have this API at its address."""
    with transaction() as session:
        lock_catalog(session)
        provider = providers.lock_by_id(session, provider_id)
        if provider is None or api in provider.missing_apis:
            return
        provider.missing_apis = [*provider.missing_apis, api]
    log.info("api_missing", provider=str(provider_id), api=api)
