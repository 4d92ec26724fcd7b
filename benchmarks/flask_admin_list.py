"""Flask-Admin over the same models: run by `table.py` with a Python that has it, which the portal has not.

    python flask_admin_list.py FILE_OF_MODELS ADDRESS

As `django_admin.py`: its version first, then for each line that it is given, as JSON, the seconds of processor time of
its list, 50 a page, and of a search in it.
"""

import json
import sys
import time
from importlib.metadata import version
from pathlib import Path

from flask import Flask
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()
ADDRESSES = {"list": "/admin/languagemodel/", "search": "/admin/languagemodel/?search=family-42"}


class Provider(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(64))

    def __str__(self) -> str:
        return str(self.name)


class LanguageModel(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    provider_id = db.Column(db.Integer, db.ForeignKey("provider.id"), index=True)
    provider = db.relationship(Provider)
    name = db.Column(db.String(200))
    display_name = db.Column(db.String(200))
    description = db.Column(db.Text)
    enabled = db.Column(db.Boolean, index=True)
    context_limit = db.Column(db.Integer)
    price = db.Column(db.String(20))
    position = db.Column(db.Integer, index=True)


class LanguageModelView(ModelView):
    column_list = ("display_name", "name", "provider", "enabled", "context_limit", "price")
    column_filters = ("provider.name", "enabled")
    column_searchable_list = ("name", "display_name", "provider.name")
    column_default_sort = "position"
    page_size = 50


def main(file: Path, address: str) -> None:
    app = Flask(__name__)
    app.config["SECRET_KEY"] = "benchmark"  # noqa: S105 - signs nothing that leaves this process
    url = address.replace("postgresql://", "postgresql+psycopg://")
    app.config["SQLALCHEMY_DATABASE_URI"] = url or f"sqlite:///{file}.sqlite3"
    db.init_app(app)
    admin = Admin(app)
    admin.add_view(LanguageModelView(LanguageModel, db))
    rows = json.loads(file.read_text())
    with app.app_context():
        db.create_all()
        providers = {name: Provider(name=name) for name in dict.fromkeys(row["provider"] for row in rows)}
        db.session.add_all(providers.values())
        db.session.flush()
        db.session.add_all(LanguageModel(**{**row, "provider": providers[row["provider"]]}) for row in rows)
        db.session.commit()
    client = app.test_client()

    def took(address: str) -> float:
        began = time.process_time()
        answer = client.get(address)
        spent = time.process_time() - began
        assert answer.status_code == 200, (address, answer.status_code)
        assert "family-42" in answer.text or "search" not in address
        return spent

    for address in ADDRESSES.values():
        took(address)
    print(json.dumps(version("flask-admin")), flush=True)
    for _ in sys.stdin:
        print(json.dumps({name: took(address) for name, address in ADDRESSES.items()}), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
