"""Roles: what their holders may do, and which models they reach."""
