//! Seatrial in a window.
fn main() {}
