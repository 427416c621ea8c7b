"""What a person sees: text without control characters or secrets, bars, builds."""
