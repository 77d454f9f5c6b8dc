//! Seatrial in the terminal.
fn main() {}
