"""Downloads that are sent while they are read, as a server sends them: long after the view has returned."""

import csv
import io

import pytest
from flask import Flask

from portal.services.runtime import Runtime
from portal.web.csv_files import csv_file
from tests.conftest import Actors, Client
from tests.connecting import connect


@pytest.mark.parametrize("path", ["/audit/export.csv", "/health-checks/export.csv"])
def test_an_export_is_read_after_its_request_is_over(ada: Client, runtime: Runtime, path: str):
    connect(Actors.ada, runtime, "http://127.0.0.1:9/v1")
    ada.post_form("/providers/acme/test")
    answer = ada.get(path)
    assert answer.content_type == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert "acme" in str(list(csv.DictReader(io.StringIO(answer.text))))


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_no_cell_begins_a_formula(app: Flask, begins: str):
    told = csv_file("a.csv", ["what"], [[f"{begins}1+1"]]).get_data(as_text=True)
    assert next(csv.DictReader(io.StringIO(told, newline="")))["what"] == f"'{begins}1+1"
