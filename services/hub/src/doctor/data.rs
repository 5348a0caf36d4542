//! The data directory: is it there, ours, private where it has to be, and is there room?

use std::{
    fs, io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use runtime::config::Config;
use rustix::{
    fs::{Access, access, statvfs},
    process::geteuid,
};

use super::Check;

/// Less free space than this is told, in bytes.
const LITTLE: u64 = 2 << 30;
/// With less free space than this the journal is about to stop, in bytes.
const NONE: u64 = 200 << 20;

pub(super) fn look(config: &Config) -> Vec<Check> {
    let data = &config.data;
    let mut checks = vec![there(data)];
    let nearest = nearest(data);
    match statvfs(&nearest) {
        Ok(room) => checks.push(space(&nearest, room.f_bavail.saturating_mul(room.f_frsize))),
        Err(error) => checks.push(unread("free space", &nearest, &error.into())),
    }
    checks.push(private(data));
    checks.extend(secrets(config));
    checks
}

/// The directory, or the one above it that it would be made in.
fn nearest(data: &Path) -> PathBuf {
    let there = data.ancestors().find(|dir| dir.exists()).filter(|dir| !dir.as_os_str().is_empty());
    there.map_or_else(|| PathBuf::from("."), Path::to_owned)
}

/// Asked of the system and not tried: nothing is written.
fn there(data: &Path) -> Check {
    const NAME: &str = "directory";
    let shown = data.display();
    if data.exists() && !data.is_dir() {
        return Check::fail(
            NAME,
            format!("{shown} is no directory"),
            "指定一个目录：`hub doctor --data DIR`",
            "name a directory: `hub doctor --data DIR`",
        );
    }
    let place = nearest(data);
    if let Err(error) = access(&place, Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK) {
        return Check::fail(
            NAME,
            format!("this user may not write in {}: {}", place.display(), io::Error::from(error)),
            format!("以运行 hub 的用户执行，或把目录交给该用户：`chown -R USER {}`", place.display()),
            format!("run as the hub's own user, or give that user the directory: `chown -R USER {}`", place.display()),
        );
    }
    if data.is_dir() {
        return Check::ok(NAME, format!("{shown} is there and can be written"));
    }
    Check::warn(
        NAME,
        format!("{shown} is not there yet"),
        format!("首次启动会建立它：`hub serve --data {shown}`；若应已存在，用 --data 指明"),
        format!("the first start makes it: `hub serve --data {shown}`; if it should be there, name it with --data"),
    )
}

fn space(place: &Path, free: u64) -> Check {
    let found = format!("{:.1} GiB free at {}", free as f64 / f64::from(1 << 30), place.display());
    let (look, copy) = (format!("du -xhd2 {} | sort -h | tail", place.display()), format!("hub copy {} DIR", place.display()));
    let zh = format!("腾出空间：`{look}`；或停止 hub，把日志移到更大的盘：`{copy}`");
    let en = format!("make room: `{look}`; or stop the hub and move the journal to a larger disk: `{copy}`");
    match free {
        ..NONE => Check::fail("free space", found, zh, en),
        NONE..LITTLE => Check::warn("free space", found, zh, en),
        LITTLE.. => Check::ok("free space", found),
    }
}

/// The operator's token and the keys: nobody but the hub's user may read them.
fn private(data: &Path) -> Check {
    let keys = data.join("keys");
    let files = [data.join("operator.token"), keys.join("keys.json"), keys.join("erased.json"), keys];
    let (mut seen, mut open, mut alien) = (Vec::new(), Vec::new(), Vec::new());
    for file in files {
        let about = match fs::metadata(&file) {
            Ok(about) => about,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return unread("private files", &file, &error),
        };
        if about.mode() & 0o077 != 0 {
            open.push((file.display().to_string(), about.mode() & 0o777, about.is_dir()));
        }
        // Root may read everything, and is not the user the hub should run as.
        if !geteuid().is_root() && about.uid() != geteuid().as_raw() {
            alien.push(format!("{} belongs to user {}", file.display(), about.uid()));
        }
        seen.push(file);
    }
    if !open.is_empty() {
        let found: Vec<_> = open.iter().map(|(file, mode, _)| format!("{file} has mode {mode:03o}")).collect();
        let mend: Vec<_> = open.iter().map(|(file, _, dir)| format!("chmod {} {file}", if *dir { 700 } else { 600 })).collect();
        let mend = mend.join("; ");
        return Check::fail(
            "private files",
            format!("others can read secrets: {}", found.join(", ")),
            format!("`{mend}`；若可能已被他人读过，删除 operator.token 重新生成"),
            format!("`{mend}`; if somebody may have read it, delete operator.token: a new one is made at the next start"),
        );
    }
    if !alien.is_empty() {
        return Check::fail(
            "private files",
            alien.join(", "),
            format!("以该用户运行 hub，或交给运行 hub 的用户：`chown -R USER {}`", data.display()),
            format!("run the hub as that user, or give the files to the one it runs as: `chown -R USER {}`", data.display()),
        );
    }
    match seen.len() {
        0 => Check::ok("private files", "no token and no keys yet"),
        _ => Check::ok("private files", "token and keys are readable by their owner only"),
    }
}

/// Secrets that the settings name, wherever they lie.
fn secrets(config: &Config) -> Option<Check> {
    let nats = &config.journal.nats;
    let tls = nats.tls.as_ref().and_then(|tls| tls.key.as_ref());
    let listen = config.listen.tls.as_ref().map(|tls| &tls.key);
    let bridges = config.bridges.iter();
    let bridges = bridges.flat_map(|one| [one.stream.as_ref().map(|way| &way.key), one.ferry.as_ref().map(|way| &way.key)]);
    let named = [nats.password_file.as_ref(), nats.credentials.as_ref(), tls, listen].into_iter().chain(bridges);
    let named: Vec<&PathBuf> = named.flatten().collect();
    let mut open = Vec::new();
    for file in &named {
        match fs::metadata(file) {
            // What the group may read is how many systems hand a certificate's key to a service.
            Ok(about) if about.mode() & 0o007 != 0 => open.push(file.display().to_string()),
            Ok(_) => {}
            Err(error) => return Some(unread("secret files", file, &error)),
        }
    }
    match (named.len(), open.len()) {
        (0, _) => None,
        (_, 0) => Some(Check::ok("secret files", "the files that the settings name are closed to others")),
        (..) => Some(Check::warn(
            "secret files",
            format!("everybody on this machine can read {}", open.join(", ")),
            format!("`chmod o= {}`", open.join(" ")),
            format!("`chmod o= {}`", open.join(" ")),
        )),
    }
}

fn unread(name: &'static str, file: &Path, error: &io::Error) -> Check {
    Check::fail(
        name,
        format!("cannot look at {}: {error}", file.display()),
        format!("核对路径及本用户的权限：`ls -ld {}`", file.display()),
        format!("check the path, and that this user may read it: `ls -ld {}`", file.display()),
    )
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::super::State;
    use super::*;

    #[test]
    fn little_room_is_told_and_none_fails() {
        let state = |free| space(Path::new("x"), free).state;
        assert_eq!([NONE - 1, NONE, LITTLE - 1, LITTLE].map(state), [State::Fail, State::Warn, State::Warn, State::Ok]);
    }

    #[test]
    fn a_secret_that_others_can_read_fails_by_its_name() {
        let dir = tempfile::tempdir().expect("a folder");
        assert_eq!(private(dir.path()).state, State::Ok);
        let token = dir.path().join("operator.token");
        fs::write(&token, "t").expect("written");
        fs::set_permissions(&token, fs::Permissions::from_mode(0o600)).expect("set");
        assert_eq!(private(dir.path()).state, State::Ok);
        fs::set_permissions(&token, fs::Permissions::from_mode(0o640)).expect("set");
        let check = private(dir.path());
        assert!(check.state == State::Fail && check.found.contains("operator.token has mode 640"), "{check:?}");
    }

    #[test]
    fn a_directory_that_is_not_there_is_looked_for_above() {
        let dir = tempfile::tempdir().expect("a folder");
        assert_eq!(there(&dir.path().join("a/b")).state, State::Warn);
        assert_eq!(there(dir.path()).state, State::Ok);
        fs::write(dir.path().join("file"), "").expect("written");
        assert_eq!(there(&dir.path().join("file")).state, State::Fail);
        assert!(!dir.path().join("a").exists(), "nothing was made");
        assert_eq!(nearest(Path::new("surely-not-there")), Path::new("."));
    }
}
