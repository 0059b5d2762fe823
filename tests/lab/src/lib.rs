//! The mock world of the tests: release server, module proxy, checksum database, faults.
