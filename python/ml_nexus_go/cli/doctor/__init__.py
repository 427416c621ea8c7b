"""What ``ml-nexus-go doctor`` checks, from a target's name to its GPUs.

The client itself says what is wrong with SSH and the engine, by its errors. Only what comes
before SSH is looked at here: the ssh config, the name, the port.
"""
