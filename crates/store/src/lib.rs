//! Seatrial's memory: SQLite, event log, log chunks.
