//! Generated words: the outside's language as Rust types, and the roads to a service.
//!
//! Knows no rule and no crate of this workspace: what a word means to the rules is said where both are known,
//! in `runtime` and the services. The language itself is written in `proto/`; read that first.

mod hidden;
pub mod link;
pub mod time;
pub mod words;

/// The generated types under their package's name.
pub mod hub {
    /// Version 1 of the language: messages, clients (`intake_client`, …) and servers (`intake_server`, …).
    #[allow(missing_docs, unreachable_pub, clippy::all, clippy::pedantic, reason = "generated from proto/, documented there")]
    pub mod v1 {
        tonic::include_proto!("hub.v1");
    }
}

pub use hub::v1;
pub use prost::Message;
pub use prost_types::Timestamp;

/// All of `proto/hub/v1` with the files it imports, as an encoded `FileDescriptorSet`: for server reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.binpb"));

#[cfg(test)]
mod tests;
