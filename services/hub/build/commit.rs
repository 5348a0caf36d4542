//! The commit that a tree stands at, read from git's own files.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Letters of a commit that are shown: enough that no two are the same.
const SHOWN: usize = 12;

/// What a tree says of its commit.
pub(crate) struct Found {
    /// The whole commit, where it can be read.
    pub(crate) commit: Option<String>,
    /// Files that change when the commit does; each is there.
    pub(crate) files: Vec<PathBuf>,
}

/// The commit of the tree at `root`; nothing where it is under no git of its own, as when it was unpacked from an archive.
pub(crate) fn of(root: &Path) -> Option<Found> {
    let dot = root.join(".git");
    // In a further work tree it is a file that names the folder.
    let dir = if dot.is_file() {
        let named = fs::read_to_string(&dot).ok()?;
        root.join(named.strip_prefix("gitdir:")?.trim())
    } else {
        dot
    };
    let head = fs::read_to_string(dir.join("HEAD")).ok()?;
    let common = fs::read_to_string(dir.join("commondir")).map_or_else(|_| dir.clone(), |named| dir.join(named.trim()));
    let (mut files, mut commit) = (vec![dir.join("HEAD"), dir.join("logs/HEAD")], Some(head.trim().to_owned()));
    if let Some(name) = head.strip_prefix("ref:").map(str::trim) {
        let loose = common.join(name);
        let packed = || {
            let all = fs::read_to_string(common.join("packed-refs")).ok()?;
            all.lines().find_map(|line| line.strip_suffix(name)?.strip_suffix(' ').map(str::to_owned))
        };
        commit = fs::read_to_string(&loose).ok().map(|commit| commit.trim().to_owned()).or_else(packed);
        files.extend([loose, common.join("packed-refs")]);
    }
    // One that is not there would count as changed every time.
    files.retain(|file| file.is_file());
    Some(Found { commit: commit.filter(|commit| commit.len() >= 40 && commit.bytes().all(|b| b.is_ascii_hexdigit())), files })
}

/// As it is shown.
pub(crate) fn short(commit: &str) -> &str {
    commit.get(..SHOWN).unwrap_or(commit)
}
