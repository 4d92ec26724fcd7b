"""Writes a llama of random weights for transformers, into a folder that reads as its cache: nothing is downloaded.

Run by the live environment's Python: `python tiny_transformer.py HF_HOME OWNER/NAME`.
"""

import sys
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

CONTEXT = 512
ANSWER = 24
"""Tokens of an answer whose length nobody limits: noise finds no end by itself."""
REVISION = "7" * 40
TEMPLATE = "{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}</s>{% endfor %}<|assistant|>"
SPECIAL = ["<s>", "</s>", "<|user|>", "<|assistant|>", "<|system|>"]


def write(home: Path, model: str) -> None:
    """A vocabulary of bytes, and two layers of 64."""
    folder = home / "hub" / f"models--{model.replace('/', '--')}"
    snapshot = folder / "snapshots" / REVISION
    (folder / "refs").mkdir(parents=True)
    (folder / "refs" / "main").write_text(REVISION)
    vocabulary = {
        token: number for number, token in enumerate([*SPECIAL, *sorted(pre_tokenizers.ByteLevel.alphabet())])
    }
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(SPECIAL)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", pad_token="</s>")
    fast.chat_template = TEMPLATE
    fast.save_pretrained(snapshot)
    torch.manual_seed(7)
    shape = LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=CONTEXT,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=1,
    )
    made = LlamaForCausalLM(shape)
    made.generation_config.max_new_tokens = ANSWER
    made.save_pretrained(snapshot)


if __name__ == "__main__":
    write(Path(sys.argv[1]), sys.argv[2])
