"""What was used, by whom, with which model and key, and what it cost."""
