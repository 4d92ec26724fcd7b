"""How a person's own key for a provider stands, in a word and a remark: a rule of the API keys page."""

from portal.domain.faults import Category
from portal.domain.health import AGAINST_THE_KEY, Level, verdict_of
from portal.domain.shared_keys import KeyState

SWITCHED_OFF = (
    "Personal keys are switched off for everybody. What you saved is kept and not used, "
    "and you can remove it. An administrator can switch them on again."
)


def state_with_key(*, opens: bool, tested: Category | None, gate_on: bool, offered: bool) -> KeyState:
    """How a stored key stands. `opens`: for the provider's address of now; `offered`: the provider serves its owner."""
    if not gate_on:
        return KeyState(Level.OFF, "Key saved", "not used while personal keys are off")
    if not offered:
        return KeyState(Level.OFF, "Key saved", "not used: this provider serves you no model now")
    if not opens:
        return KeyState(Level.BAD, "Needs your key again", "its address has changed since you saved it")
    if tested is None:
        return KeyState(Level.UNKNOWN, "Key saved", "never tested")
    if tested is Category.OK:
        return KeyState(Level.GOOD, "Key saved")
    verdict = verdict_of(tested)
    if tested in AGAINST_THE_KEY:
        return KeyState(verdict.level, verdict.word, "no other key serves you while it is saved")
    return KeyState(Level.ATTENTION, "Key saved", "its last test failed")


def state_without_key(credential: str | None, models: int) -> KeyState:
    """How a provider stands for somebody without a key of their own. `credential` is where a key would come from."""
    if credential == "shared":
        return KeyState(Level.UNKNOWN, "Using shared key", "entered by your administrator")
    if credential == "environment":
        return KeyState(Level.UNKNOWN, "Using shared key", "from the server’s environment")
    if credential == "none":
        return KeyState(Level.UNKNOWN, "No key needed", "it is asked without one")
    waiting = "one model waits" if models == 1 else f"{models} models wait"
    return KeyState(Level.ATTENTION, "No key", f"{waiting} for yours")


def after_removal(label: str, credential: str | None, models: int) -> str:
    """What happens when a key that is in use is removed, as a sentence."""
    if credential == "shared":
        return "The shared key serves you from then on."
    if credential == "environment":
        return "The key of the server’s environment serves you from then on."
    if credential == "none":
        return f"{label} is asked without a key from then on."
    them = "its model" if models == 1 else f"its {models} models"
    return f"{label} has no other key, so you cannot use {them} until there is one again."
