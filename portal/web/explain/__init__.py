"""Why this model: the page for anybody and for oneself, and what an act would change."""
