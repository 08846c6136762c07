"""The inbox: what a volunteer is told, in the reader's language, once for every key."""
