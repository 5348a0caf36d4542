//! The 110 system: calls that come in, and what only the police do with them.

mod calls;
mod script;
#[cfg(test)]
mod tests;

pub(super) use calls::hour;
