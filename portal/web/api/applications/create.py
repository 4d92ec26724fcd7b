"""`POST /applications`"""

from portal.domain.permissions import Permission
from portal.services.applications import registry
from portal.web.api.applications.shapes import Ceiling, Environments, MadeKey, PublicKey, environments_of, made_of
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Given, Word


class NewApplication(Given):
    """An application to register."""

    name: Word
    environments: Environments
    models: Ceiling = ()
    public_key: PublicKey = ""


@endpoint("POST", "/applications", Permission.APPLICATION_MANAGE, status=201)
def run(call: Call, body: NewApplication) -> MadeKey:
    """Register an application, with its public key or with a secret that is in this answer and nowhere else."""
    environments = environments_of(body.environments)
    given = body.name, environments, body.public_key, body.models
    return made_of(registry.register(call.actor, call.runtime, *given))
