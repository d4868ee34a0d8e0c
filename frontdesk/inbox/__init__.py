"""The staff inbox: pages for receptionists and nurses."""
