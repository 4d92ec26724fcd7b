"""The Usage page: what everybody used; what it shares with the page of one's own."""
