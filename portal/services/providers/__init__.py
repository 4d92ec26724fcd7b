"""Connecting, changing and retiring providers, and reading them: the list, and the page of one."""
