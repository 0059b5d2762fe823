//! The mock world, seen by the clients that it is made for.

// The attribute tells clippy that all of it is tests.
#[cfg(test)]
mod client;
#[cfg(test)]
mod database;
#[cfg(test)]
mod releases;
// Its programs are shell scripts.
#[cfg(test)]
#[cfg(unix)]
mod sandbox;
#[cfg(test)]
mod server;
