"""Regions and locations as people spell them: what is meant is written as the vendor spells it, or asked for."""

import difflib
import re
from dataclasses import dataclass

AMAZON: tuple[str, ...] = (
    "us-east-1",
    "us-east-2",
    "us-west-2",
    "us-west-1",
    "ca-central-1",
    "ca-west-1",
    "mx-central-1",
    "sa-east-1",
    "eu-central-1",
    "eu-central-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-7",
    "ap-south-1",
    "ap-south-2",
    "ap-east-1",
    "ap-east-2",
    "me-central-1",
    "me-south-1",
    "il-central-1",
    "af-south-1",
    "us-gov-east-1",
    "us-gov-west-1",
    "cn-north-1",
    "cn-northwest-1",
)
"""Amazon's regions; the first are those with most models."""

AMAZON_NAMES: dict[str, str] = {
    "n. virginia": "us-east-1",
    "ohio": "us-east-2",
    "n. california": "us-west-1",
    "oregon": "us-west-2",
    "canada": "ca-central-1",
    "são paulo": "sa-east-1",
    "sao paulo": "sa-east-1",
    "frankfurt": "eu-central-1",
    "zurich": "eu-central-2",
    "ireland": "eu-west-1",
    "london": "eu-west-2",
    "paris": "eu-west-3",
    "stockholm": "eu-north-1",
    "milan": "eu-south-1",
    "spain": "eu-south-2",
    "tokyo": "ap-northeast-1",
    "seoul": "ap-northeast-2",
    "osaka": "ap-northeast-3",
    "singapore": "ap-southeast-1",
    "sydney": "ap-southeast-2",
    "jakarta": "ap-southeast-3",
    "mumbai": "ap-south-1",
    "hyderabad": "ap-south-2",
    "hong kong": "ap-east-1",
    "uae": "me-central-1",
    "bahrain": "me-south-1",
    "tel aviv": "il-central-1",
    "cape town": "af-south-1",
}
"""What Amazon's console calls them."""

GOOGLE: tuple[str, ...] = (
    "global",
    "us",
    "eu",
    "us-central1",
    "us-east1",
    "us-east4",
    "us-east5",
    "us-south1",
    "us-west1",
    "us-west4",
    "northamerica-northeast1",
    "southamerica-east1",
    "europe-central2",
    "europe-north1",
    "europe-southwest1",
    "europe-west1",
    "europe-west2",
    "europe-west3",
    "europe-west4",
    "europe-west6",
    "europe-west8",
    "europe-west9",
    "asia-east1",
    "asia-east2",
    "asia-northeast1",
    "asia-northeast3",
    "asia-south1",
    "asia-southeast1",
    "australia-southeast1",
    "me-central1",
    "me-central2",
    "me-west1",
)
"""Google's locations; the first serves most models."""

GOOGLE_NAMES: dict[str, str] = {
    "iowa": "us-central1",
    "south carolina": "us-east1",
    "n. virginia": "us-east4",
    "columbus": "us-east5",
    "oregon": "us-west1",
    "belgium": "europe-west1",
    "london": "europe-west2",
    "frankfurt": "europe-west3",
    "netherlands": "europe-west4",
    "zurich": "europe-west6",
    "milan": "europe-west8",
    "paris": "europe-west9",
    "madrid": "europe-southwest1",
    "finland": "europe-north1",
    "tokyo": "asia-northeast1",
    "seoul": "asia-northeast3",
    "mumbai": "asia-south1",
    "singapore": "asia-southeast1",
    "sydney": "australia-southeast1",
}
"""What Google's console calls them."""


@dataclass(frozen=True)
class Spelt:
    """A region as its vendor spells it, a notice when it was typed otherwise, or the reason why it cannot be one."""

    region: str
    notice: str = ""
    fault: str = ""


def spell(typed: str, regions: tuple[str, ...], names: dict[str, str], fault: str = "") -> Spelt:
    """The region that was meant. One that is not known passes when its words are those of known ones: they get more."""
    text = " ".join(typed.split())
    lower = text.lower()
    if lower in regions:
        return Spelt(lower)
    meant = _by_name(lower, names) or _by_letters(lower, regions)
    if meant:
        return Spelt(meant, f"Wrote {meant} for “{text[:60]}”.")
    words = {word for region in regions for word in re.findall(r"[a-z]+", region)}
    if re.fullmatch(r"[a-z]+(-[a-z]+)+-?\d{1,2}", lower) and set(re.findall(r"[a-z]+", lower)) <= words:
        return Spelt(lower)
    near = difflib.get_close_matches(lower, regions, 1, 0.7)
    if near:
        return Spelt(text, fault=f"There is no {text[:60]}. Did you mean {near[0]}?")
    return Spelt(text, fault=fault)


def _by_name(lower: str, names: dict[str, str]) -> str:
    """The region whose name stands in what was typed, as in `US East (N. Virginia)`."""
    return next((region for name, region in names.items() if name == lower or f"({name})" in lower), "")


def _by_letters(lower: str, regions: tuple[str, ...]) -> str:
    """The region of the same letters and digits, also where a zone's letter follows: `us-east1`, `europe-west4-a`."""
    bare = re.sub(r"[^a-z0-9]", "", lower)
    found = {re.sub("-", "", region): region for region in regions}
    return found.get(bare) or found.get(re.sub(r"(?<=\d)[a-f]$", "", bare), "")
