"""Connect a client: the lines to paste into each tool, and whether a token works."""
