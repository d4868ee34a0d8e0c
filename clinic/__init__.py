"""The clinic's own facts: loaded from clinic.yml, validated, and put into words.

clinic.load(Path("clinic.yml"))   -> Clinic, or ClinicFileError that names file, key, value, allowed
clinic.load_default()             -> the file named by CLINIC_FILE, else clinic.yml, with what the
                                     clinic changed in its inbox; read again when a file changes
clinic.live()                     -> the same, for parts that keep a Clinic for as long as they run
"""

from clinic.clinic import Clinic, Handover, Prescreen
from clinic.current import live, load_default
from clinic.file import ClinicFileError, load
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
    "live",
    "load",
    "load_default",
]
