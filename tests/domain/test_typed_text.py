"""What is taken for a key wherever it stands, and what is not; and signs that nobody sees."""

import pytest

from portal.domain.typed_text import looks_secret, unseen_fault

BLOCK = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----\n"
KEYS = (
    "sk-0123456789abcdef0123456789abcdef",
    "sk-abcdefghijklmnopqrstuvwxyz",
    "sk-ant-api03-0123456789abcdef",
    "sk-proj-A_b-c1D2e3F4g5",
    "gsk_0123456789abcdefABCD",
    "hf_abcdefghijklmnopqrstuvwx",
    "xai-0123456789abcdefABCD",
    "AKIAIOSFODNN7EXAMPLE",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhY21lIn0.c2lnbmF0dXJlLW9m",
    "AIzaSyA1234567890123456789012345678901",
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7",
    BLOCK,
    '{"type": "service_account", "private_key": "x"}',
)


@pytest.mark.parametrize("key", KEYS)
def test_a_key_is_known_alone_and_in_the_middle(key: str) -> None:
    assert looks_secret(key)
    if not key.startswith("{"):
        for text in (
            f"gpt-5.2\n{key}",
            f"https://user:{key}@llm.example.com/v1",
            f"Bearer {key}",
            f'"{key}"',
            f"({key})",
        ):
            assert looks_secret(text), text


@pytest.mark.parametrize(
    "name",
    [
        "sk-small",
        "claude-sonnet-4-6",
        "gpt-5.2-2026-01-01",
        "sk-telecom-large-language-model",
        "task-0123456789abcdef0123456789",
        "my-sk-0123456789abcdef0123456789",
        "xai-grok-4-fast-non-reasoning",
        "pplx-70b-online-chat-and-search",
        "meta-llama/Llama-3.3-70B-Instruct-Turbo",
        "publishers/google/models/gemini-3-pro",
        "https://llm.example.com/v1?api-version=2024-10-21",
        "hf_home",
        "AKIA",
        "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.claude-sonnet-4-6-v1:0",
        "",
    ],
)
def test_an_ordinary_name_is_no_key(name: str) -> None:
    assert not looks_secret(name)


@pytest.mark.parametrize("sign", ["\u202e", "\u2066", "\u200b", "\u200d", "\u00ad", "\ufeff", "\U000e0061"])
def test_a_sign_that_nobody_sees_is_refused(sign: str) -> None:
    for text in (f"Acme{sign}", f"{sign}Acme", f"A{sign}c", sign):
        assert f"U+{ord(sign):04X}" in unseen_fault(text, "The label")
        assert sign not in unseen_fault(text, "The label")


@pytest.mark.parametrize("text", ["Acme", "👩‍💻", "👩🏽‍🚀 Ours", "🏳️‍🌈", "日本", "العربية"])
def test_emoji_and_other_scripts_stay(text: str) -> None:
    assert unseen_fault(text, "The label") == ""
