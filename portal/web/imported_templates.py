"""Templates whose macros are imported at once, in the place of a comparison of all globals for each import."""

import jinja2
from jinja2.environment import TemplateModule
from jinja2.runtime import Context


class ImportedTemplate(jinja2.Template):
    """A template that others import. Should Jinja name this method otherwise one day, imports are as slow as before."""

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        """Its macros. Jinja makes them anew where a page has globals of its own; ours have the environment's alone."""
        made = self._module
        if made is not None and ctx is not None and self.environment.globals.keys() >= ctx.globals_keys:
            return made
        return super()._get_default_module(ctx)
