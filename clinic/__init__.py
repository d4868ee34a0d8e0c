"""The clinic's own facts: loaded from clinic.yml, validated, and put into words.

clinic.load(Path("clinic.yml"))   -> Clinic, or ClinicFileError that names file, key, value, allowed
clinic.load_default()             -> the file named by CLINIC_FILE, else clinic.yml, read once
"""

from clinic.clinic import Clinic, Handover, Prescreen
from clinic.file import ClinicFileError, load, load_default
from clinic.hours import OpeningHours

__all__ = [
    "Clinic",
    "ClinicFileError",
    "Handover",
    "OpeningHours",
    "Prescreen",
    "load",
    "load_default",
]
