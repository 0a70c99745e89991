"""The one queue and its worker."""
