"""Agents: one's own model for each purpose."""
