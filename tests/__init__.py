"""The Python tests: real engines of the testbed, no mocks."""
