"""What users pass: checked, and converted for Go."""
