"""What every form shares: a service's faults land beside their fields, and nothing typed is lost."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask_wtf import FlaskForm

from portal.domain.errors import Conflict, Invalid


class PortalForm(FlaskForm):
    """A form that knows how to show what a service found wrong with it."""

    @contextmanager
    def faults_shown(self) -> Iterator[None]:
        """Run a service inside: what is `Invalid`, or clashes, becomes sentences in this form, and the view goes on.

        A view redirects inside the block and renders the form after it, so that only a fault gets there.
        """
        try:
            yield
        except Invalid as invalid:
            self.show(invalid.faults)
        except Conflict as conflict:
            self.show({"": conflict.sentence})

    def show(self, faults: dict[str, str]) -> None:
        """Put each sentence beside its field; what belongs to no field of this form stands above it."""
        for name, sentence in faults.items():
            field = self._fields.get(name)
            if field is None:
                self.form_errors.append(sentence)
            else:
                field.errors = [*field.errors, sentence]

    @property
    def status(self) -> int:
        """The answer's status when the form is shown again: 422 with faults in it."""
        return 422 if self.errors else 200
