"""What the components page shows: invented figures in the shapes that the real pages use."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

COLOURS = (
    "ground", "surface", "raised", "sunken", "hover", "pressed", "line", "line-strong", "ink-4", "ink-3", "ink-2",
    "ink", "accent", "accent-tint", "good", "good-tint", "attention", "attention-tint", "bad", "bad-tint", "unknown",
)  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One layer of why a model was chosen, as the templates read it."""

    number: int
    layer: str
    outcome: str
    said: str = ""
    model: str = ""
    note: str = ""
    why: str = ""
    kind: str = ""


def _days() -> tuple[str | None, ...]:
    days: list[str | None] = [None] * 9 + ["good"] * 81
    for place in (23, 53, 54, 77):
        days[place] = "attention"
    for place in (35, 89):
        days[place] = "bad"
    return tuple(days)


@dataclass(frozen=True)
class Samples:
    """Checks in milliseconds, oldest first; None did not answer."""

    steady: tuple[float | None, ...] = (
        188, 210, 221, 203, 204, 202, 211, 224, 196, 182, 205,
        202, 216, 188, 192, 209, 194, 221, 241, 199, 184, 192, 219, 208,
    )  # fmt: skip
    missed: tuple[float | None, ...] = (
        448, 452, 457, 470, 462, 480, None, None, 470, 462, 457,
        452, 460, 462, 470, 457, 452, 448, 455, 457, 462, 460, 457, 460,
    )  # fmt: skip
    down: tuple[float | None, ...] = (
        600, 622, 610, 640, 661, 590, 560, 630, 605, 588, 690, 672, 701,
        680, 684, 625, 655, 698, None, None, None, None, None, None,
    )  # fmt: skip
    drawn: datetime = datetime(2026, 11, 19, 14, 3, 22, tzinfo=UTC)
    days: tuple[str | None, ...] = field(default_factory=_days)
    month: tuple[float | None, ...] = tuple(
        None if place > 530 else 480 + (place * 7919) % 331 + (220 if 420 < place < 480 else 0) for place in range(600)
    )
    why: tuple[Step, ...] = (
        Step(0, "Named by the request", "skipped", "not asked for", note="a client, or “send with…”"),
        Step(
            1,
            "Personal override",
            "skipped",
            "No credential",
            "claude / claude-opus-5",
            "Uma’s own, in Agents",
            "Uma has no key here, and the shared key was refused at 09:41.",
            "bad",
        ),
        Step(
            2,
            "Administrator’s override",
            "used",
            "Used",
            "gpu-rack-2 / qwen3:30b",
            "pinned 9 Nov by Otto Lind",
            "Enabled, allowed by Developer, has tools, needs no key.",
        ),
        Step(3, "The chat’s model", "unreached", "not reached", "acme-openai / gpt-5.2"),
        Step(4, "Default", "unreached", "not reached", "acme-openai / gpt-5.2"),
    )


SAMPLES = Samples()
