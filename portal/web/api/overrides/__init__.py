"""Models that are pinned to a purpose for everybody."""
