//! Journeys on the real stack.
