//! Use cases: the one API of every shell.
