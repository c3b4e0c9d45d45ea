"""The ground floor: money, ids, clock, database, errors, HTTP, jobs. No business lives here."""
