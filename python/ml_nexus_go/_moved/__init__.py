"""Modules under the names that they had in version 0.1.0, for pickles: those name the module of a class.

The folder is a second place of the package's modules: what is ``_moved/_result.py`` here is
imported as ``ml_nexus_go._result``. Nothing but pickles does so. tests/pickles/ has one of each.
"""
