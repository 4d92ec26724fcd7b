"""REST: everything that the pages do, for programs. One endpoint a file; a noun is a folder, a file is a verb."""
