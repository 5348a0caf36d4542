//! One binary `hub`: every service in one process, and the command line.
//!
//! Only this crate knows all services. [`process`] opens journal, store and keys and puts the services over them;
//! [`roads`] leads to them within the process; [`cli`] is what a person types.

mod backend;
mod bench;
mod bridges;
pub mod certs;
pub mod cli;
mod demo;
mod doctor;
mod figures;
pub mod import;
mod policies;
pub mod process;
pub mod roads;
mod seen;
mod version;
