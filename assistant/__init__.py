"""Code that runs inside the Rasa server: understanding, the private channel, the tracker store."""
