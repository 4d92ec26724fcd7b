"""Reads one file that somebody attached: run by `fence` as a process of its own, never imported by the portal.

The file is its standard input, what it found its standard output: one line of JSON, then the parts that the line names,
one after the other. Limits on time, memory and output stand before anything of the file is looked at. From then on the
process can open nothing: neither a file, nor a connection.
"""

import codecs
import contextlib
import ctypes
import importlib
import io
import json
import os
import resource
import signal
import sys
from typing import Any

KILL_WITH_PARENT = 1
"""`PR_SET_PDEATHSIG` of prctl(2)."""

NEEDS_A_PASSWORD = 4
"""`FPDF_ERR_PASSWORD` of PDFium."""

THUMBNAIL = 256
"""Pixels of the longer side of what is shown small."""

FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/gif": "GIF", "image/webp": "WEBP"}
REHEARSAL = {"pixels": 2, "side": 1, "sent": 0, "pages": 1, "characters": 1}
SENT_AS_THEY_ARE = ("image/png", "image/jpeg")
"""What every provider takes; the others become one of these."""


class Refused(Exception):
    """Why the file cannot be used, in a word that the portal has a sentence for, with a number if that needs one."""

    def __init__(self, word: str, number: int = 0) -> None:
        super().__init__(word)
        self.word, self.number = word, number


def main() -> None:
    """Read what stands on the input, by the wishes that are the one argument."""
    wishes = json.loads(sys.argv[1])
    _die_with(wishes["parent"])
    read = {"image": _image, "pdf": _document}[wishes["kind"]]
    _load(wishes["kind"])
    _fence(wishes)
    try:
        facts, parts = read(sys.stdin.buffer.read(), wishes)
    except Refused as refused:
        facts, parts = {"refused": refused.word, "number": refused.number}, {}
    except MemoryError:
        facts, parts = {"refused": "memory"}, {}
    except Exception:  # whatever a library makes of a file that is none: the portal says so in one sentence
        facts, parts = {"refused": "damaged"}, {}
    _write(facts, parts)


def _die_with(parent: int) -> None:
    """End when the portal ends, however it does. Elsewhere than on Linux the limit on time sees to it."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(KILL_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before
        os._exit(1)


def _load(kind: str) -> None:
    """Load what reads files of this kind, and nothing else: each costs a tenth of a second. Later nothing can be."""
    for name in ("Image", "ImageOps", "GifImagePlugin", "JpegImagePlugin", "MpoImagePlugin", "PngImagePlugin"):
        _loaded[name] = importlib.import_module(f"PIL.{name}")
    importlib.import_module("PIL.WebPImagePlugin")
    _loaded["Image"].preinit()
    for media_type, format_ in FORMATS.items():  # what each loads by the way, once it is in use
        tiny = _loaded["Image"].new("P", (1, 2))
        _image(
            _saved(tiny.convert("RGB") if format_ == "JPEG" else tiny, format_), REHEARSAL | {"media_type": media_type}
        )
    if kind == "pdf":
        _loaded["pdfium"] = importlib.import_module("pypdfium2")
        codecs.lookup("utf-16-le")
        empty, kept = _loaded["pdfium"].PdfDocument.new(), io.BytesIO()
        empty.new_page(10, 10)
        empty.save(kept)
        _document(kept.getvalue(), REHEARSAL)


_loaded: dict[str, Any] = {}


def _fence(wishes: dict[str, int]) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # what is written beyond the bound is an error then, and no signal
    for limit, most in (
        (resource.RLIMIT_CPU, wishes["seconds"]),
        (resource.RLIMIT_AS, wishes["memory"]),
        (resource.RLIMIT_FSIZE, wishes["output"]),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 0),
    ):
        with contextlib.suppress(OSError, ValueError):  # not every system bounds everything
            resource.setrlimit(limit, (most, most))


def _write(facts: dict[str, Any], parts: dict[str, bytes]) -> None:
    facts["parts"] = [[name, len(part)] for name, part in parts.items()]
    try:
        sys.stdout.buffer.write(json.dumps(facts).encode() + b"\n")
        for part in parts.values():
            sys.stdout.buffer.write(part)
        sys.stdout.buffer.flush()
    except OSError:
        os._exit(3)
    os._exit(0)  # nothing that a file did to a library is to run on in what libraries do at the end


def _image(data: bytes, wishes: dict[str, Any]) -> tuple[dict[str, Any], dict[str, bytes]]:
    image_lib = _loaded["Image"]
    image = image_lib.open(io.BytesIO(data), formats=[FORMATS[wishes["media_type"]]])
    width, height = image.size
    if width * height > wishes["pixels"]:
        raise Refused("pixels", width * height)
    moves = bool(getattr(image, "is_animated", False))
    turned = image.getexif().get(0x0112, 1) != 1
    side = wishes["side"]
    as_it_is = (
        wishes["media_type"] in SENT_AS_THEY_ARE
        and max(width, height) <= side
        and len(data) <= wishes["sent"]
        and not turned
        and not moves
    )
    image.draft("RGB", (side, side))
    image.load()
    image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    image.thumbnail((side, side), reducing_gap=2.0)
    image = _loaded["ImageOps"].exif_transpose(image)
    parts = {} if as_it_is else {"sent": _as_sent(image, wishes["sent"])}
    if turned:
        width, height = (height, width) if (width > height) != (image.width > image.height) else (width, height)
    facts = {"width": width, "height": height, "moves": moves}
    return facts, parts | {"thumbnail": _thumbnail(image)}


def _as_sent(image: Any, most: int) -> bytes:
    """A PNG where something shines through, else a JPEG."""
    if image.mode == "RGBA":
        small = _saved(image, "PNG")
        if len(small) <= most:
            return small
        white = _loaded["Image"].new("RGB", image.size, "white")
        white.paste(image, mask=image.getchannel("A"))
        image = white
    return _saved(image, "JPEG", quality=88)


def _thumbnail(image: Any) -> bytes:
    small = image.copy()
    small.thumbnail((THUMBNAIL, THUMBNAIL))
    return _saved(small, "WEBP", quality=80)


def _saved(image: Any, format_: str, **how: Any) -> bytes:
    """The image alone: what a camera writes beside it, like the place, stays here."""
    kept = io.BytesIO()
    image.info = {}
    image.save(kept, format_, **how)
    return kept.getvalue()


def _document(data: bytes, wishes: dict[str, Any]) -> tuple[dict[str, Any], dict[str, bytes]]:
    pdfium = _loaded["pdfium"]
    try:
        document = pdfium.PdfDocument(data)
        pages = len(document)
    except pdfium.PdfiumError as error:
        raise Refused("encrypted" if getattr(error, "err_code", None) == NEEDS_A_PASSWORD else "damaged") from None
    if pages == 0:
        raise Refused("damaged")
    if pages > wishes["pages"]:
        raise Refused("pages", pages)
    texts: list[str] = []
    left = wishes["characters"]
    for number in range(pages):
        page = document[number]
        words = page.get_textpage()
        text = words.get_text_bounded().replace("\r\n", "\n").strip()
        words.close()
        page.close()
        texts.append(text)
        left -= len(text)
        if left < 0:
            raise Refused("characters")
    said = "\n\n".join(text for text in texts if text)
    parts = {"text": said.encode("utf-8", "replace")}
    with contextlib.suppress(Exception):  # a page that cannot be drawn is no reason not to read the others
        page = document[0]
        drawn = page.render(scale=THUMBNAIL / max(page.get_size()), may_draw_forms=False).to_pil()
        parts["thumbnail"] = _thumbnail(drawn.convert("RGB"))
    return {"pages": pages, "characters": len(said)}, parts


if __name__ == "__main__":
    main()
