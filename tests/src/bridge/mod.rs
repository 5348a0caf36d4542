//! The bridge to partners' systems, as a partner meets it: over a connection and over files.

mod both;
mod day;
mod ends;
mod ledgers;
mod line;
mod living;
mod proxy;
mod soak;
mod talk;
