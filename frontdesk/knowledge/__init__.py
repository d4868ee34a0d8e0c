"""What the assistant answers from, and the questions that it could not answer."""
