//! Says which commit is built: `HUB_COMMIT` where it is set, else what the tree's own `.git` says, else `unknown`.
//!
//! Reads files and starts no program. Runs again only when the commit changes, so that a build without a change builds
//! nothing.

mod commit;

use std::{env, path::Path};

fn main() {
    let said = |name: &str, value: &str| {
        use std::io::Write as _;
        // Where cargo does not listen there is nobody to tell.
        let _ = writeln!(std::io::stdout(), "cargo::{name}={value}");
    };
    said("rerun-if-env-changed", "HUB_COMMIT");
    said("rerun-if-changed", "build");
    let given = env::var("HUB_COMMIT").ok().filter(|commit| !commit.is_empty());
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let found = commit::of(&root);
    for file in found.iter().flat_map(|found| &found.files) {
        said("rerun-if-changed", &file.display().to_string());
    }
    let commit = given.or_else(|| found.and_then(|found| found.commit));
    said("rustc-env", &format!("HUB_BUILT_FROM={}", commit.as_deref().map_or("unknown", commit::short)));
}
