//! The mock world, seen by the clients that it is made for.

mod client;
mod database;
mod releases;
mod sandbox;
mod server;
