//! Seatrial's pure core: model, configuration, plans, events.
