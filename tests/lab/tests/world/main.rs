//! The mock world, seen by the clients that it is made for.

#[cfg(test)]
mod client;
mod database;
mod releases;
// Its programs are shell scripts.
#[cfg(unix)]
mod sandbox;
mod server;
