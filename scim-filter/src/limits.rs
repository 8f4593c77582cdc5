//! The limits that every filter and path holds (RFC 7644 §7.8: a small request must not exhaust the service).

/// How many `(` and `[` may be open at the same time.
///
/// `not` and chains of `and` and `or` add no depth of their own.
pub const MAX_DEPTH: usize = 40;

/// How many bytes a filter or path may have, as it was written (after percent-decoding) and in its canonical form.
pub const MAX_BYTES: usize = 16 * 1024;

/// How many comparisons and presence tests a filter or path may hold.
pub const MAX_TERMS: usize = 500;
