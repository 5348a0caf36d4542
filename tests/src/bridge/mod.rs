//! The bridge to partners' systems, as a partner meets it: over a connection and over files.

mod both;
mod day;
mod ends;
mod files;
mod handover;
mod ledgers;
mod line;
mod living;
mod load;
mod order;
mod peer;
mod proxy;
mod python;
mod quay;
mod reach;
mod restart;
mod secret;
mod silent;
mod soak;
mod talk;
