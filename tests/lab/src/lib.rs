//! The mock world of the tests: release server, module proxy, checksum database, faults.
//!
//! Development only: nothing that is released depends on it. Owns: a server on loopback
//! ([`server`]), made-up releases ([`release`]), a checksum database under the lab's own key
//! ([`sumdb`]), a publisher that signs ([`publisher`]), all of them together ([`world`]), faults as
//! data ([`fault`]), an empty place to run programs in ([`sandbox`]), the form of the lab's clock
//! ([`clock`]), https under an authority of the lab's own ([`tls`]), and the line of a test that
//! cannot run ([`skip`]).
//!
//! Promises: no network beyond 127.0.0.1, nothing left when a value is dropped, the same bytes on
//! every machine. A mistake of the test itself (a version that is none) panics with what was
//! expected. Does not do: judging what the product makes of it.

pub mod clock;
pub mod fault;
pub mod publisher;
pub mod release;
pub mod sandbox;
pub mod server;
pub mod skip;
pub mod sumdb;
pub mod tls;
pub mod world;

pub use fault::{ALWAYS, Fault};
pub use publisher::Publisher;
pub use release::{Dump, Release};
pub use sandbox::Sandbox;
pub use skip::skipped;
pub use sumdb::{Evil, Lab, Sumdb};
pub use tls::{Authority, Certificate, Https};
pub use world::{IndexLie, World};
