"""Teams: who belongs to them, who manages them, and what they are entitled to."""
