"""What typed text may not hold wherever it is shown again: a key, and signs that nobody sees."""

import re
import unicodedata

MAKES: tuple[tuple[str, str, str], ...] = (
    (r"sk-ant-", "anthropic", "Anthropic"),
    (r"sk-or-", "openrouter", "OpenRouter"),
    (r"sk-(proj|svcacct|admin)-", "openai", "OpenAI"),
    (r"gsk_", "groq", "Groq"),
    (r"fw_", "fireworks", "Fireworks"),
    (r"vck_", "vercel", "Vercel"),
    (r"tgp_v1_", "together", "Together"),
    (r"AIza[\w-]{30,}$", "google", "Google"),
    (r"(ABSK|bedrock-api-key-)", "bedrock", "Amazon Bedrock"),
    (r"A[KS]IA[A-Z0-9]{12,}$", "bedrock", "AWS"),
    (r"hf_", "", "Hugging Face"),
    (r"xai-", "", "xAI"),
    (r"pplx-", "", "Perplexity"),
    (r"(gh[pousr]_|github_pat_)", "", "GitHub"),
    (r"ya29\.", "", "Google, and only for an hour"),
)
"""How keys of one vendor begin that no other's do: pattern, type name, whose."""

_KEYS: tuple[str, ...] = (
    r"sk-(?:ant|or|proj|svcacct|admin)-[\w-]{12,}",
    # Names of models are words between hyphens; a key has digits, capitals, or no words in it.
    r"sk-(?=[\w-]*[0-9A-Z]|[\w-]*[a-z]{20})[\w-]{20,}",
    r"(?:gsk|fw|vck|hf)_[A-Za-z0-9]{16,}",
    r"(?:xai|pplx)-[A-Za-z0-9]{16,}",
    r"tgp_v1_[\w-]{13,}",
    r"llm[ps]_[A-Za-z0-9]{20,}",
    r"AIza[\w-]{30,}",
    r"ABSK[A-Za-z0-9+/=]{16,}",
    r"bedrock-api-key-[\w+/=.-]{8,}",
    r"A[KS]IA[A-Z0-9]{12,}(?![A-Za-z0-9])",
    r"gh[pousr]_[A-Za-z0-9]{16,}",
    r"github_pat_[A-Za-z0-9_]{16,}",
    r"ya29\.[\w-]{15,}",
    r"eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}",
)
_KEY = re.compile(rf"(?<![A-Za-z0-9_-])(?:{'|'.join(_KEYS)})", re.ASCII)
_KEY_FILE = re.compile(r"\s*\{.*\"private_key\"", re.DOTALL)
_PEM = re.compile(r"PRIVATE KEY-----|\bMII[A-Z][A-Za-z0-9+/]{40,}")
"""A block of PEM, or the beginning of one whose first line was left out."""

_JOINER = "\N{ZERO WIDTH JOINER}"
_JOINERS = (_JOINER, "\N{ZERO WIDTH NON-JOINER}")
_EMOJI = frozenset({"So", "Sk", "Mn"})
"""What stands beside a joiner in an emoji: a picture, a colour of skin, or the sign that asks for a picture."""

_SPELT_WITH_JOINERS = frozenset(
    re.findall(
        r"\w+",
        "ARABIC SYRIAC MONGOLIAN DEVANAGARI BENGALI GURMUKHI GUJARATI ORIYA TAMIL TELUGU KANNADA MALAYALAM SINHALA "
        "KHMER MYANMAR TIBETAN",
    )
)
"""The scripts in which words are spelt with joiners and non-joiners, by the first word of their letters' names."""

_BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""What is no control sign to Unicode, and is seen by nobody all the same."""

_SELECTED = frozenset({"So", "Sk", "Sm", "Nd", "Po"})
"""What may stand before the sign that chooses how it is drawn: pictures, digits and signs."""


def looks_secret(text: str) -> bool:
    """True where text certainly holds a key, whatever stands around it."""
    return is_key_file(text) or _PEM.search(text) is not None or _KEY.search(text) is not None


def is_key_file(text: str) -> bool:
    """True for the JSON file of a service account, or what is left of one."""
    return bool(_KEY_FILE.match(text))


def open_part(address: str) -> str:
    """An address as it may be shown again: without user, password, query and fragment, each of which may hold a key.

    The version of an API in the query is no secret, and stays.
    """
    found = re.match(r"(?:[a-z][\w+.-]*:)?//", text := address.strip(), re.IGNORECASE)
    scheme, rest = (found[0], text[found.end() :]) if found else ("", text)
    authority = re.split(r"[/?#\\]", rest, maxsplit=1)[0]
    # Whoever did not encode a password left its “/” and “?” in it; then a host’s port is no number.
    if "@" in authority or not re.fullmatch(r"[^:]*(:\d*)?|\[.*", authority):
        rest = rest.rpartition("@")[2]
    path, *after = re.split(r"([?#]|%3f|%23)", rest, maxsplit=1, flags=re.IGNORECASE)
    harmless = re.fullmatch(r"\?api-version=\d{4}-\d{2}-\d{2}(-preview)?", "".join(after))
    return scheme + path + (harmless[0] if harmless else "")


def unseen_fault(text: str, what: str) -> str:
    """Why a name that people read cannot hold signs that nobody sees; "" when it holds none.

    They turn a line around or hide a part of it, so that one name can look like another. Inside an emoji joiners stay,
    and between letters of scripts that are spelt with them.
    """
    for place, sign in enumerate(text):
        if _is_seen(sign) or _belongs(sign, text[max(0, place - 1) : place], text[place + 1 : place + 2]):
            continue
        return f"{what} holds a sign that nobody sees, U+{ord(sign):04X}. Type it again."
    return ""


def folded(name: str) -> str:
    """A name as it is compared with others: two that look the same, capitals and unseen signs apart, are the same."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return " ".join("".join(sign for sign in plain if _is_seen(sign)).split())


def _is_seen(sign: str) -> bool:
    kind = unicodedata.category(sign)
    return kind not in ("Cf", "Cc", "Cs", "Co", "Cn", "Zl", "Zp") and sign not in _BLANKS and not _is_selector(sign)


def _is_selector(sign: str) -> bool:
    return "\ufe00" <= sign <= "\ufe0f" or "\U000e0100" <= sign <= "\U000e01ef" or "\u180b" <= sign <= "\u180d"


def _belongs(sign: str, before: str, after: str) -> bool:
    """Whether an unseen sign is spelling where it stands."""
    if sign == _JOINER and all(side and unicodedata.category(side) in _EMOJI for side in (before, after)):
        return True
    if sign in _JOINERS and before and after:
        scripts = {unicodedata.name(side, "").partition(" ")[0] for side in (before, after)}
        return len(scripts) == 1 and scripts <= _SPELT_WITH_JOINERS
    if _is_selector(sign) and before:
        name = unicodedata.name(before, "")
        return unicodedata.category(before) in _SELECTED or name.startswith(("CJK ", "MONGOLIAN "))
    return False
