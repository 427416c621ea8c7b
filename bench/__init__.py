"""The performance table: this package beside its alternatives, in one run.

A group is a module with lines; importing the module registers them. See README.md.
"""
