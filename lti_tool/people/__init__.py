"""Who, where and by what right."""
