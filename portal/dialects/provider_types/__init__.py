"""Provider types: what one is (`shape`), the `table` of all `rows`, and the `regions` in their addresses. Data."""
