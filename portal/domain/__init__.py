"""Floor 1: words, rules and decisions. Standard library only, no I/O, no clock."""
