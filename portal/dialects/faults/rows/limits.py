"""Rows about limits and trouble at the provider, and what is left when no other row fits."""

from portal.dialects.faults.matching import NO_STATUS, REFUSALS, TROUBLES, Row
from portal.domain.faults import Category

WANTS_A_HEADER = "It wants a header that it did not get. Add the one that it names to this provider’s headers."

ROWS: tuple[Row, ...] = (
    Row(
        "23",
        Category.RATE_LIMIT,
        (429,),
        words=(r"request too large",),
        hint="Waiting does not help: this request alone is above the account’s limit. Lower the model’s max output "
        "tokens, or shorten the conversation.",
    ),
    Row(
        "23",  # its status is that of the next row, and no limit is reached
        Category.SERVER,
        codes=("modelnotready*",),
        hint="The model is still being loaded. Try again in a moment.",
    ),
    Row(
        "23",
        Category.RATE_LIMIT,
        codes=("servicequotaexceeded*",),
        hint="A quota of the account is used up. Waiting may not help: ask AWS to raise it, under Service Quotas.",
    ),
    Row("23", Category.RATE_LIMIT, (429, 498)),
    Row(
        "23",
        Category.RATE_LIMIT,
        (400, 403, NO_STATUS),
        codes=("rate_limit_error", "rate_limit_exceeded", "throttling*", "resource_exhausted"),
        words=(r"service tier capacity exceeded", r"\btoo many requests\b"),
    ),
    Row(
        "24",
        Category.SERVER,
        words=(r"^loading model", r"model is (still )?loading"),
        hint="The model is still being loaded. Try again in a moment.",
    ),
    Row(
        "24",
        Category.SERVER,
        codes=("overloaded_error", "server_is_overloaded", "slow_down", "provider_overloaded"),
        words=(r"\boverloaded\b",),
        hint="It has too much to do right now. Try again in a minute.",
    ),
    Row("24", Category.SERVER, (529,)),
    Row("25", Category.TIMEOUT, (408, 504)),
    Row("25", Category.TIMEOUT, codes=("timeout_error", "deadline_exceeded", "modeltimeoutexception")),
    Row("26", Category.SERVER, (*TROUBLES, 424)),
    Row(
        "26",
        Category.SERVER,
        (NO_STATUS,),
        codes=("server_error", "api_error", "internal*", "unavailable*"),
        words=(r"\b(internal|server) error\b", r"\bcrashed\b", r"\bterminated\b"),
    ),
    Row(
        "27",  # Portkey, and gateways that are told by headers whom to ask
        Category.REJECTED,
        (400, 401, 403, 422, NO_STATUS),
        words=(
            r"\bx-[a-z0-9-]+\b.{0,200}\b(required|missing|must|needed|provide|set)\b",
            r"\b(required|missing|must|needed|provide|set)\b.{0,200}\bx-[a-z0-9-]+\b",
            r"\b(required|missing)\b.{0,40}\bheaders?\b|\bheaders?\b.{0,40}\b(required|missing)\b",
        ),
        hint=WANTS_A_HEADER,
    ),
    Row(
        "27",
        Category.REJECTED,
        (NO_STATUS,),
        hint="It said so in place of an answer. Its own words say more.",
    ),
    Row("27", Category.REJECTED, REFUSALS),
    Row("28", Category.HTML, range(200, 300), json=False),
    Row("30", Category.SHAPE),
)
