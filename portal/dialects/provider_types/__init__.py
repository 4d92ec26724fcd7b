"""Provider types: what one is, the table of all, and the regions their addresses are made of. Data."""
