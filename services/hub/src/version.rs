//! Which hub this is: its version, and the commit that it was built from, as the build found it.

/// As `hub --version` says it.
pub(crate) const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("HUB_BUILT_FROM"), ")");

#[cfg(test)]
#[path = "../build/commit.rs"]
mod commit;

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::commit::{of, short};

    const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

    fn put(root: &Path, name: &str, text: &str) {
        let path = root.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    }

    fn commit(root: &Path) -> Option<String> {
        let found = of(root)?;
        assert!(found.files.iter().all(|file| file.is_file()), "{:?}", found.files);
        found.commit
    }

    #[test]
    fn the_commit_is_read_from_a_branch_packed_or_not_or_from_none() {
        let dir = tempfile::tempdir().expect("a folder");
        let root = dir.path();
        assert!(of(root).is_none(), "an unpacked archive has none");
        put(root, ".git/HEAD", "ref: refs/heads/main\n");
        assert_eq!(commit(root), None, "nothing is committed yet");
        put(
            root,
            ".git/packed-refs",
            &format!("# pack-refs with: peeled\n{} refs/heads/other\n{COMMIT} refs/heads/main\n", "f".repeat(40)),
        );
        assert_eq!(commit(root).as_deref(), Some(COMMIT));
        let newer = COMMIT.replace('0', "9");
        put(root, ".git/refs/heads/main", &format!("{newer}\n"));
        assert_eq!(commit(root), Some(newer), "the loose one is newer");
        put(root, ".git/HEAD", &format!("{COMMIT}\n"));
        assert_eq!(commit(root).as_deref(), Some(COMMIT), "no branch");
    }

    #[test]
    fn a_further_work_tree_stands_at_its_own_commit() {
        let dir = tempfile::tempdir().expect("a folder");
        let tree = dir.path().join("tree");
        put(&tree, ".git", &format!("gitdir: {}\n", dir.path().join("main/.git/worktrees/tree").display()));
        put(dir.path(), "main/.git/worktrees/tree/HEAD", "ref: refs/heads/side\n");
        put(dir.path(), "main/.git/worktrees/tree/commondir", "../..\n");
        put(dir.path(), "main/.git/refs/heads/side", COMMIT);
        assert_eq!(commit(&tree).as_deref(), Some(COMMIT));
        assert_eq!((short(COMMIT), short("v1")), ("0123456789ab", "v1"));
    }
}
