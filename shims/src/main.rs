//! The `go` and `gofmt` that people type.

fn main() {}
