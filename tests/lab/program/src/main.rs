//! goseal under the trust roots of the lab.

fn main() {}
