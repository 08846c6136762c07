"""The whole service in real processes that die at any moment, while people go on using it."""
