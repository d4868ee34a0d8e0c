"""What leaves the house: messages to providers with their receipts, e-mail and webhooks to staff."""
