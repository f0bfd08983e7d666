"""What takes minutes to play."""
