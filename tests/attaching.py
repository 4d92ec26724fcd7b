"""Files to attach, made when they are needed: images, PDFs with words in them, and odd ones that harm nobody."""

import io
from collections.abc import Sequence
from uuid import UUID

from PIL import Image
from sqlalchemy import update

from portal.services.chat import uploads
from portal.services.chat.attachments import AttachmentView
from portal.store.base import transaction
from portal.store.catalog import lock_catalog
from portal.store.language_models import LanguageModelRecord


def image(format: str = "PNG", size: tuple[int, int] = (40, 20), mode: str = "RGB", **how: object) -> bytes:
    """An image of one colour."""
    kept = io.BytesIO()
    Image.new(mode, size, "teal" if mode == "RGB" else 1).save(kept, format, **how)
    return kept.getvalue()


def moving(format: str = "GIF") -> bytes:
    """An image of two pictures, one after the other."""
    kept = io.BytesIO()
    first, second = Image.new("RGB", (8, 8), "teal"), Image.new("RGB", (8, 8), "red")
    first.save(kept, format, save_all=True, append_images=[second])
    return kept.getvalue()


def pdf(*words: str, pages: int | None = None, trailer: str = "") -> bytes:
    """A PDF with one page for each of these words; with `pages`, the first page so many times."""
    kids, objects = (
        [],
        ["<< /Type /Catalog /Pages 2 0 R >>", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"],
    )
    for text in words or ("",):
        stream = f"BT /F1 24 Tf 40 100 Td ({text}) Tj ET" if text else ""
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
        about = f"/Parent 2 0 R /MediaBox [0 0 300 200] /Contents {len(objects)} 0 R"
        objects.append(f"<< /Type /Page {about} /Resources << /Font << /F1 3 0 R >> >> >>")
        kids.append(f"{len(objects)} 0 R")
    kids = kids if pages is None else kids[:1] * pages
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    body, places = "%PDF-1.4\n", []
    for number, text in enumerate(objects, 1):
        places.append(len(body))
        body += f"{number} 0 obj\n{text}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    end = f"trailer\n<< /Size {size} /Root 1 0 R {trailer} >>\nstartxref\n{len(body)}\n%%EOF\n"
    return (body + f"xref\n0 {size}\n0000000000 65535 f \n{table}" + end).encode("latin-1")


def locked_pdf() -> bytes:
    """A PDF that opens with a password alone."""
    secret = "<" + "ab" * 32 + ">"
    about = f"/Filter /Standard /V 1 /R 2 /O {secret} /U {secret} /P -4"
    return pdf("secret", trailer=f"/Encrypt << {about} >> /ID [{secret} {secret}]")


def attach(actor, runtime, data: bytes, name: str = "file", **how: object) -> AttachmentView:
    """Take a file in, as an upload does."""
    return uploads.add(actor, runtime, io.BytesIO(data), name, **how)


def let_read(model_id: UUID, capabilities: Sequence[str] = (), modalities: Sequence[str] = ()) -> None:
    """Say of a model what it reads."""
    with transaction() as session:
        lock_catalog(session)
        session.execute(
            update(LanguageModelRecord)
            .where(LanguageModelRecord.id == model_id)
            .values(capabilities=["streaming", *capabilities], modalities=list(modalities))
        )
