"""The page that shows every part of the portal's face in every state."""
