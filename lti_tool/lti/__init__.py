"""The front door: registration, login, launch, deep linking, grades, roster.

The only importer of pylti1p3. Rooms receive a frozen `Launch` and call `grades` and `roster` with our own types.
"""
