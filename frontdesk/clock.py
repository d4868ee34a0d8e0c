"""The time, as the front desk is given it: one injected clock of aware UTC datetimes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

Clock = Callable[[], datetime]
