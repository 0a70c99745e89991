"""What all screens share: the tool's parts, guards, base templates, static files, languages, error pages."""
