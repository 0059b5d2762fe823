//! The client against a server that misbehaves on demand. Loopback only.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "functions that tests call"
)]

mod download;
mod reads;
mod resume;
mod server;
mod sumdb;

use std::time::Duration;

use goseal_fetch::{Client, Limits, Network, Options, Pace};

/// Options whose waits are short enough for tests.
fn quick() -> Options {
    Options {
        network: Network::default(),
        user_agent: "goseal/test".to_owned(),
        pace: Pace {
            connect_timeout: Duration::from_secs(5),
            window: Duration::from_secs(10),
            window_bytes: 1,
            retries: 3,
            stride: 1024,
            backoff: Duration::from_millis(2),
            backoff_limit: Duration::from_millis(8),
            patience: Duration::from_secs(2),
            refused_retries: 2,
        },
        limits: Limits {
            archive: 4 << 20,
            list: 64 << 10,
            index: 64 << 10,
        },
        jitter_seed: 1,
    }
}

fn client() -> Client {
    Client::new(&quick()).unwrap()
}

/// Bytes that look like nothing in particular and differ at every place.
fn content(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    })
    .flatten()
    .take(length)
    .collect()
}
