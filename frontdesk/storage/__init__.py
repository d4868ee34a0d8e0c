"""The database: tables, connections, SQLite, and the steps that bring a schema up to date."""
