"""Custom actions: thin. They ask eligibility/ and clinic/, and utter responses of the domain."""
