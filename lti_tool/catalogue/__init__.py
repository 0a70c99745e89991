"""What a teacher may place on a page of the platform, and the answer that places it."""
