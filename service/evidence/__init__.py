"""Evidence: the shops' own files, read into rows that are compared with the books.

A file is kept as it came, read once with the mapping that somebody accepted, or refused with its
first bad line. Its rows are never edited; a file that was wrong is withdrawn as a whole.
"""
