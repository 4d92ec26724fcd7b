"""Writes a llama of random weights, half a megabyte small: a genuine server really decodes with it, and says noise.

Run by the live environment's Python: `python tiny_llama.py FILE`.
"""

import sys

import gguf
import numpy

WIDTH, LAYERS, HEADS, HIDDEN, CONTEXT = 64, 2, 4, 128, 2048
TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}<|end|>{% endfor %}<|assistant|>"
)
SPECIAL = ["<unk>", "<s>", "</s>", "<|user|>", "<|assistant|>", "<|system|>", "<|end|>"]
WORDS = [" the", " a", " and", " of", " to", " is", " it", " key", " model", " portal", " answer", ".", ",", "!", "\n"]
WORDS += [f" w{n}" for n in range(100)]


def vocabulary() -> tuple[list[bytes], list[float], list[int]]:
    """Special tokens, 256 bytes to fall back to, and some words."""
    tokens = [(word.encode(), gguf.TokenType.CONTROL) for word in SPECIAL]
    tokens[0] = (tokens[0][0], gguf.TokenType.UNKNOWN)
    tokens += [(f"<0x{byte:02X}>".encode(), gguf.TokenType.BYTE) for byte in range(256)]
    tokens += [(word.replace(" ", "▁").encode(), gguf.TokenType.NORMAL) for word in WORDS]
    return [t for t, _ in tokens], [-float(n) for n in range(len(tokens))], [int(kind) for _, kind in tokens]


def write(path: str) -> None:
    random = numpy.random.default_rng(7)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("tiny-llama")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    tokens, scores, kinds = vocabulary()
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores(scores)
    writer.add_token_types(kinds)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_chat_template(TEMPLATE)

    def tensor(name: str, *shape: int) -> None:
        weights = numpy.ones(shape) if len(shape) == 1 else random.normal(0, 0.05, shape)
        writer.add_tensor(name, weights.astype(numpy.float32))

    tensor("token_embd.weight", len(tokens), WIDTH)
    tensor("output_norm.weight", WIDTH)
    tensor("output.weight", len(tokens), WIDTH)
    for layer in range(LAYERS):
        block = f"blk.{layer}."
        tensor(block + "attn_norm.weight", WIDTH)
        for part in ("q", "k", "v"):
            tensor(f"{block}attn_{part}.weight", WIDTH, WIDTH)
        tensor(block + "attn_output.weight", WIDTH, WIDTH)
        tensor(block + "ffn_norm.weight", WIDTH)
        tensor(block + "ffn_gate.weight", HIDDEN, WIDTH)
        tensor(block + "ffn_up.weight", HIDDEN, WIDTH)
        tensor(block + "ffn_down.weight", WIDTH, HIDDEN)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    write(sys.argv[1])
