"""The rules that every answer keeps, wherever it is written: in data/faq/ or in the inbox."""
