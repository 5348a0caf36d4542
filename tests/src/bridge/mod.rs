//! The bridge to partners' systems, as a partner meets it: over a connection and over files.

mod line;
mod talk;
