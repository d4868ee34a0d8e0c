"""Code that runs inside the Rasa server: understanding, the private channel, the tracker store."""

from assistant.without_tensorflow import leave_out_if_unneeded

leave_out_if_unneeded()  # before anything here imports Rasa
