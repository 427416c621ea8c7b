"""What people see: text without control characters or secrets, bars, builds."""
