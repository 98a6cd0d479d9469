"""Other mappers beside ours: each in a process of its own, under the Python of its own environment."""
