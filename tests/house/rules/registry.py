"""Every rule, to be read from top to bottom. A new one is written beside its like, with an example that breaks it."""

from tests.house.rules.base import Rule
from tests.house.rules.forms import FORMS
from tests.house.rules.headers import HEADERS
from tests.house.rules.imports import IMPORTS
from tests.house.rules.migrations import MIGRATIONS
from tests.house.rules.queries import QUERIES
from tests.house.rules.types import TYPES
from tests.house.rules.words import WORDS

RULES: tuple[Rule, ...] = (
    *IMPORTS,
    *WORDS,
    *QUERIES,
    *MIGRATIONS,
    *TYPES,
    *FORMS,
    *HEADERS,
)
NAMES = tuple(rule.name for rule in RULES)
