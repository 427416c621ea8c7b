"""What operations on a fleet return."""
