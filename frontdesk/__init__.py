"""The front desk: visitor API, message channels, staff inbox, and who owns a conversation."""
