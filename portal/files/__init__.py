"""Attached files, read in a process of their own: images made small, the text of PDFs taken."""
