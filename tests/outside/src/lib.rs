//! What is promised of bytes that come from outside: one function for each place that reads them. Each takes any bytes at
//! all and panics where a promise is broken.
//!
//! They are called by the fuzz targets of `../fuzz`, with bytes that libFuzzer makes up, and by the test in [`seeds`], with
//! every seed and every input that once broke something.

pub mod partner;
pub mod policy;
pub mod record;
pub mod rows;
pub mod segment;

#[cfg(test)]
mod seeds;

/// A check of any bytes.
pub type Check = fn(&[u8]);

/// Every target by its name.
pub const TARGETS: [(&str, Check); 5] = [
    ("segment", segment::check),
    ("record", record::check),
    ("partner", partner::check),
    ("rows", rows::check),
    ("policy", policy::check),
];

/// The bytes before and behind the first `mark`; all of them before it where there is none.
fn cut<'a>(bytes: &'a [u8], mark: &[u8]) -> (&'a [u8], Option<&'a [u8]>) {
    match bytes.windows(mark.len()).position(|found| found == mark) {
        Some(at) => (&bytes[..at], Some(&bytes[at + mark.len()..])),
        None => (bytes, None),
    }
}
