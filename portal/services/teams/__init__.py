"""Teams: who belongs to them, who manages them, what they bring, and which model serves them."""
