//! Generated words: the outside's language as Rust types, and the roads to a service.
//!
//! Knows no rule and no crate of this workspace: what a word means to the rules is said where both are known,
//! in `runtime` and the services. The language itself is written in `proto/`; read that first.

use std::collections::BTreeSet;

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

/// Every method of the language, as calls name it: `hub.v1.Intake/Report`.
#[must_use]
pub fn methods() -> BTreeSet<String> {
    let all = prost_types::FileDescriptorSet::decode(DESCRIPTORS).expect("they were encoded when this crate was built");
    let services = all.file.iter().flat_map(|file| file.service.iter().map(|service| (file.package(), service)));
    let named = |(package, service): (&str, &prost_types::ServiceDescriptorProto)| -> Vec<String> {
        service.method.iter().map(|method| format!("{package}.{}/{}", service.name(), method.name())).collect()
    };
    services.flat_map(named).collect()
}

#[cfg(test)]
mod tests;
