"""What a message says about a person's health, read by rules that are data (assistant/nlu/data/).

Plain Python and spaCy, no rasa: ``ClinicalReader`` finds facts with roles, ``SafetyRules`` finds
red flags. The rasa components are assistant/nlu/clinical.py and assistant/nlu/safety.py.
"""
