//! The bridge to partners' systems, as a partner meets it: over a connection and over files.

mod both;
mod day;
mod files;
mod handover;
mod line;
mod load;
mod order;
mod peer;
mod python;
mod quay;
mod reach;
mod restart;
mod secret;
mod silent;
mod talk;
