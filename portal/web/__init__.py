"""Floor 4: pages. A view reads a form, calls one service and answers."""
