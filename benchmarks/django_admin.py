"""Django's admin over the same models: run by `pages.py` with a Python that has Django, which the portal has not.

    python django_admin.py FILE_OF_MODELS ADDRESS

For each line that it is given it prints, as JSON, the seconds of processor time that its list of models took once, 50 a
page, and a search in it: so its rounds stand between those of the portal, on a machine that others use too. The first
line that it prints is its version. The address is that of a PostgreSQL database;
where it is blank, the rows are in a SQLite file.
"""

import json
import sys
import time
import types
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import django
from django.apps import AppConfig
from django.conf import settings


def database(address: str) -> dict[str, object]:
    """The database that Django is to use, as its settings say it."""
    if not address:
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": sys.argv[1] + ".sqlite3"}
    parts = urlsplit(address)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.removeprefix("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or parse_qs(parts.query).get("host", [""])[0],
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": None,  # as the portal keeps its connections
    }


settings.configure(
    SECRET_KEY="benchmark",  # noqa: S106 - signs nothing that leaves this process
    ROOT_URLCONF="urls",
    ALLOWED_HOSTS=["testserver"],
    USE_TZ=True,
    DATABASES={"default": database(sys.argv[2])},
    INSTALLED_APPS=[
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        AppConfig("portal", sys.modules["__main__"]),
    ],
    MIGRATION_MODULES={"portal": None},
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    STATIC_URL="/static/",
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)
django.setup()

from django.contrib import admin  # noqa: E402 - Django is set up by now
from django.contrib.auth.models import User  # noqa: E402 - Django is set up by now
from django.core.management import call_command  # noqa: E402 - Django is set up by now
from django.db import connection, models  # noqa: E402 - Django is set up by now
from django.test import Client  # noqa: E402 - Django is set up by now
from django.urls import path  # noqa: E402 - Django is set up by now


class Provider(models.Model):
    name = models.CharField(max_length=64)

    class Meta:
        app_label = "portal"

    def __str__(self) -> str:
        return self.name


class LanguageModel(models.Model):
    provider = models.ForeignKey(Provider, on_delete=models.CASCADE)
    name = models.CharField(max_length=200)
    display_name = models.CharField(max_length=200)
    description = models.TextField()
    enabled = models.BooleanField(default=True, db_index=True)
    context_limit = models.IntegerField()
    price = models.CharField(max_length=20)
    position = models.IntegerField(db_index=True)

    class Meta:
        app_label = "portal"


@admin.register(LanguageModel)
class LanguageModelAdmin(admin.ModelAdmin):
    list_display = ("display_name", "name", "provider", "enabled", "context_limit", "price")
    list_filter = ("provider", "enabled")
    list_select_related = ("provider",)
    list_per_page = 50
    search_fields = ("name", "display_name", "provider__name")
    ordering = ("position",)


urls = types.ModuleType("urls")
urls.urlpatterns = [path("admin/", admin.site.urls)]
sys.modules["urls"] = urls


ADDRESSES = {"list": "/admin/portal/languagemodel/", "search": "/admin/portal/languagemodel/?q=family-42"}


def took(client: Client, address: str) -> float:
    began = time.process_time()
    status = client.get(address).status_code
    spent = time.process_time() - began
    assert status == 200, (address, status)
    return spent


def main(file: Path) -> None:
    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        editor.create_model(Provider)
        editor.create_model(LanguageModel)
    rows = json.loads(file.read_text())
    providers = {name: Provider.objects.create(name=name) for name in dict.fromkeys(row["provider"] for row in rows)}
    LanguageModel.objects.bulk_create(
        [LanguageModel(**{**row, "provider": providers[row["provider"]]}) for row in rows], batch_size=100
    )
    client = Client()
    client.force_login(User.objects.create_superuser("ada", "ada@example.org", "-"))
    for address in ADDRESSES.values():
        took(client, address)
    print(json.dumps(django.__version__), flush=True)
    for _ in sys.stdin:
        print(json.dumps({name: took(client, address) for name, address in ADDRESSES.items()}), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
