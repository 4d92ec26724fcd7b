"""Genuine LLM servers on loopback, each started from an environment of its own by `make test-live`."""

import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from tests.processes.portal_process import clean_environment, free_port

HERE = Path(__file__).parent
LLAMA_KEY = "sk-llama-on-loopback"
LLAMA = "tiny-llama"
MASTER_KEY = "sk-litellm-master-on-loopback"
TRANSFORMER = "tiny/llama"
CONTEXT = 512
"""How many tokens the models of random weights read."""

START = 180.0
"""Seconds that a server has to load what it loads; a busy machine needs most of them."""

LITELLM = """
model_list:
  - model_name: tiny
    litellm_params: {{model: openai/{model}, api_base: {base_url}, api_key: {key}}}
    model_info: {{mode: chat, max_input_tokens: {context}, max_output_tokens: 256}}
  - model_name: unmeasured
    litellm_params: {{model: openai/nobody-measured-this, api_base: {base_url}, api_key: {key}}}
  - model_name: vectors
    litellm_params: {{model: openai/text-embedding-3-small, api_base: {base_url}, api_key: {key}}}
  - model_name: newest
    litellm_params: {{model: openai/o3-pro, api_base: {base_url}, api_key: {key}}}
  - model_name: locked-out
    litellm_params: {{model: openai/{model}, api_base: {base_url}, api_key: sk-nobody-knows-this-one}}
  - model_name: short
    litellm_params: {{model: openai/{llama.model}, api_base: {llama.base_url}, api_key: {llama.key}}}
general_settings: {{master_key: {master_key}}}
router_settings: {{num_retries: 0}}
"""


@dataclass(frozen=True)
class Server:
    """A running server: what one would type into a provider's form, and a model that it has."""

    base_url: str
    model: str
    key: str = ""


@contextmanager
def llama_cpp(folder: Path) -> Iterator[Server]:
    """llama.cpp's Python server with its key, and half a megabyte of random weights."""
    python = os.environ["LLAMA_PYTHON"]
    weights, port = folder / "tiny.gguf", free_port()
    subprocess.run([python, HERE / "tiny_llama.py", weights], check=True, timeout=START)
    command = [python, "-m", "llama_cpp.server", "--model", str(weights), "--model_alias", LLAMA]
    command += ["--api_key", LLAMA_KEY, "--host", "127.0.0.1", "--port", str(port), "--n_ctx", str(CONTEXT)]
    with running(command, f"http://127.0.0.1:{port}/v1/models", folder / "llama.log"):
        yield Server(f"http://127.0.0.1:{port}/v1", LLAMA, LLAMA_KEY)


@contextmanager
def litellm(folder: Path, behind: Server, llama: Server) -> Iterator[Server]:
    """LiteLLM's proxy without a database, with its master key, before these two. Its model `short` is llama.cpp's."""
    python, port, config = Path(os.environ["LITELLM_PYTHON"]), free_port(), folder / "litellm.yaml"
    config.write_text(
        LITELLM.format(
            model=behind.model,
            base_url=behind.base_url,
            key=behind.key,
            llama=llama,
            master_key=MASTER_KEY,
            context=CONTEXT,
        )
    )
    command = [str(python.with_name("litellm")), "--config", str(config), "--host", "127.0.0.1", "--port", str(port)]
    # What it knows of models is in its package, too: nothing is fetched.
    with running(
        command,
        f"http://127.0.0.1:{port}/health/liveliness",
        folder / "litellm.log",
        {"LITELLM_LOCAL_MODEL_COST_MAP": "True"},
    ):
        yield Server(f"http://127.0.0.1:{port}/v1", "tiny", MASTER_KEY)


@contextmanager
def transformers_serve(folder: Path) -> Iterator[Server]:
    """`transformers serve`, which knows no keys and loads what is asked for from a cache of one model."""
    python, port, home = Path(os.environ["TRANSFORMERS_PYTHON"]), free_port(), folder / "hf"
    offline = {"HF_HOME": str(home), "HF_HUB_OFFLINE": "1"}
    command: list[str | Path] = [python, HERE / "tiny_transformer.py", home, TRANSFORMER]
    subprocess.run(command, check=True, timeout=START, env=clean_environment(**offline))
    command = [python.with_name("transformers"), "serve", "--device", "cpu", "--host", "127.0.0.1", "--port", str(port)]
    with running(command, f"http://127.0.0.1:{port}/health", folder / "transformers.log", offline):
        yield Server(f"http://127.0.0.1:{port}/v1", TRANSFORMER)


@contextmanager
def running(
    command: Sequence[str | Path], health: str, log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[None]:
    """A server from when it answers at `health` until the end of the block."""
    with log.open("wb") as output:
        server = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=clean_environment(**environment or {}),
        )
        try:
            _wait_for(health, server, log)
            yield
        finally:
            server.terminate()
            server.wait(20)


def _wait_for(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + START
    while time.monotonic() < until:
        assert server.poll() is None, log.read_text(errors="replace")[-4000:]
        try:
            requests.get(url, timeout=5)
            return
        except (requests.ConnectionError, requests.Timeout):  # not listening yet
            time.sleep(0.1)
    raise AssertionError(f"no answer at {url}: {log.read_text(errors='replace')[-4000:]}")
