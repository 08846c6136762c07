"""What can be done with shops and their tills, in the caller's transaction."""
