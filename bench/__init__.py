"""The performance table: this package beside what else there is, in one run.

A group is a module with lines; importing the module registers them. See README.md.
"""
