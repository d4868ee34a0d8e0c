"""The clinic's own facts: loaded from clinic.yml, validated, and put into words.

clinic.load(Path("clinic.yml"))   -> Clinic, or ClinicFileError that names file, key, value, allowed
clinic.load_default()             -> the file named by CLINIC_FILE, else clinic.yml, read once
"""

from clinic.clinic import Clinic, Handover, Prescreen
from clinic.file import ClinicFileError, load, load_default
from clinic.hours import OpeningHours
from clinic.urgency import Event, Urgency, UrgencyFileError

__all__ = [
    "Clinic",
    "ClinicFileError",
    "Event",
    "Handover",
    "OpeningHours",
    "Prescreen",
    "Urgency",
    "UrgencyFileError",
    "load",
    "load_default",
]
