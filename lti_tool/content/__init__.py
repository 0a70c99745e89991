"""What a package of content is, how it is read, checked, translated and marked. Pure: neither Flask nor SQLAlchemy."""
