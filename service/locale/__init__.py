"""The catalogs of every language but English, one file a slice, and the tool that joins them."""
