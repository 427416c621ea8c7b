"""What operations on a fleet return."""

from .nodes import FleetNode, NodeDevices, WaitingRun, node_of, waiting_of
from .reservation import Reservation

__all__ = ["FleetNode", "NodeDevices", "Reservation", "WaitingRun", "node_of", "waiting_of"]
