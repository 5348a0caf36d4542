//! The bridge to partners' systems, as a partner meets it: over a connection and over files.

mod both;
mod day;
mod line;
mod talk;
