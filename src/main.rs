//! The program `goseal`.

use std::process::ExitCode;

fn main() -> ExitCode {
    goseal::run(goseal::product(), Box::new(goseal::RealMachine))
}
