"""Passerelle: an LTI 1.3 tool that brings digital-culture parcours to parents."""

__version__ = "0.1.0"
