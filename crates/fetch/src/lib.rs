//! The wire: module proxies, archives, the release index.
