"""What we claim, as commands."""

import assistant  # noqa: F401 (leaves TensorFlow out before a benchmark imports Rasa)
