//! Why bytes are believed: the checksum-database client and Verified<T>.
