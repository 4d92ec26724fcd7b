"""The Audit page: who did what, filtered by the address, paged, exported."""
