"""Floor 2: one file for each wire dialect. A dialect translates and never talks."""
