"""Tables as CSV files: sent while they are read, and safe to open in a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from flask import Response, current_app

from portal.web.header_values import attachment
from portal.web.streamed_files import within

PIECE = 16_384
"""Characters that go out together."""

FORMULA = tuple("=+-@\t\r\n＝＋－＠")
"""What a spreadsheet takes for the beginning of a formula; in some languages the wide signs as well."""


def csv_file(name: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """A download of that name. `rows` may read the database while the file is on its way."""
    return Response(
        within(current_app._get_current_object(), _pieces(headings, rows)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": attachment(name), "Cache-Control": "no-store"},
    )


def _pieces(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(headings)
    for row in rows:
        writer.writerow([_inert(cell) for cell in row])
        if buffer.tell() > PIECE:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def _inert(cell: object) -> object:
    """A text that a spreadsheet would run as a formula is kept a text; what is not there is blank."""
    if isinstance(cell, str) and cell.startswith(FORMULA):
        return f"'{cell}"
    return "" if cell is None else cell
