"""The shared library by ctypes: the queue of each event loop, and the frames that come by it."""
