"""What users pass: checked, and made into what Go takes."""
