//! The floor that the shim is measured against: starts a program with its own arguments, waits for
//! it and ends with its code. Built by the bench as a static program, like the shim.

fn main() {
    let mut words = std::env::args_os().skip(1);
    let program = words.next().expect("a program to start");
    let status = std::process::Command::new(program).args(words).status().expect("it starts");
    std::process::exit(status.code().unwrap_or(1));
}
