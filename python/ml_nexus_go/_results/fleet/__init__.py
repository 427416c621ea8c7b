"""What operations on a fleet return."""

from .nodes import FleetNode, NodeDevices, WaitingRun, node_of, waiting_of

__all__ = ["FleetNode", "NodeDevices", "WaitingRun", "node_of", "waiting_of"]
