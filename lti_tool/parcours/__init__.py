"""parcours"""
