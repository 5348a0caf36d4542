//! Services in processes of their own over one NATS server: each in any number, killed and started again.

mod deployed;
mod fleet;
mod keeping;
pub(crate) mod moved;
mod raw;
mod soak;
mod trace;
mod twice;

pub(crate) use soak::seeds;
