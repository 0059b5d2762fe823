//! The program `goseal`.

fn main() {}
