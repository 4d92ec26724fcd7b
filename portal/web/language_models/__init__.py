"""The Models pages: the list, publishing, options, the default."""
