"""Checks of providers: asked for by people or by schedule, written down, counted by days, and told to a webhook."""
