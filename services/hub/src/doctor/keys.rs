//! The keys of sealed data: is the ring there, and has it the keys of today and the days to come?

use journal::jetstream::BucketKeyring;
use runtime::{config::Config, sealing};
use seal::{FileKeyring, KeyName, KeyringError, Keys};

use super::{Check, Ground, Seen, causes};
use crate::backend::Backend;

pub(super) async fn look(ground: &Ground<'_>, seen: &Seen) -> Vec<Check> {
    let (found, place) = match (&ground.config.journal.url, &seen.backend) {
        (None, _) => {
            let dir = ground.config.data.join("keys");
            let place = format!("{}: keep a copy apart from the journal's", dir.display());
            (FileKeyring::look(dir), place)
        }
        (Some(_), Some(Backend::JetStream(journal))) => match Box::pin(journal.bucket_there()).await {
            Ok(Some(bucket)) => {
                let place = format!("bucket {} with the journal's servers: back its stream up, too", bucket.name());
                (Box::pin(BucketKeyring::open(bucket, false)).await.map(|ring| ring.export()), place)
            }
            Ok(None) => (Err(KeyringError::Missing { dir: "the journal's servers".to_owned() }), String::new()),
            Err(error) => (Err(KeyringError::Away { what: "read", source: error.into() }), String::new()),
        },
        (Some(_), _) if seen.absent => (Err(KeyringError::Missing { dir: "the journal's servers".to_owned() }), String::new()),
        (Some(_), _) => {
            return vec![Check::warn(
                "ring",
                "not looked at: the journal, whose servers keep the keys, does not open",
                "先解决日志问题，再查：`hub doctor`",
                "mend what is wrong with the journal first, then look again: `hub doctor`",
            )];
        }
    };
    match found {
        Ok(keys) => vec![Check::ok("ring", place), days(&keys, &sealing::days(ground.now))],
        Err(error) => vec![none(error, seen.sealed(), &place_of(ground.config))],
    }
}

fn days(keys: &Keys, days: &[String]) -> Check {
    let names = days.iter().flat_map(|day| sealing::KEYS.map(|agency| KeyName::new(day, agency)));
    let lacking: Vec<_> = names.flatten().filter(|name| keys.get(name).is_none()).map(|name| name.to_string()).collect();
    let (first, last) = (days.first().map_or("", String::as_str), days.last().map_or("", String::as_str));
    match lacking.as_slice() {
        [] => Check::ok("days", format!("a key for each agency and day, {first} to {last}")),
        [one, ..] => Check::warn(
            "days",
            format!("{} keys of {first} to {last} are not made yet: {one} …", lacking.len()),
            "hub 启动时会补齐：`hub serve`；若已在运行，查看其日志",
            "the hub makes them when it starts: `hub serve`; if it runs, see its log",
        ),
    }
}

/// No ring, or one that does not read. `sealed`: is there something that only the old ring opens?
fn none(error: KeyringError, sealed: Option<bool>, place: &str) -> Check {
    let back = format!("hub seal import BACKUP {place}");
    match (&error, sealed) {
        (KeyringError::Missing { .. }, Some(false)) => Check::warn(
            "ring",
            "no keys yet, and nothing is sealed",
            format!("首次启动时生成；随后备份：`hub seal export BACKUP {place}`"),
            format!("the first start makes them; back them up then: `hub seal export BACKUP {place}`"),
        ),
        (KeyringError::Missing { .. }, None) => Check::warn(
            "ring",
            "no keys, and the journal does not say whether something is sealed",
            format!("先解决日志问题；若有密封数据，从备份恢复密钥：`{back}`"),
            format!("mend the journal first; if something is sealed, bring the keys back from their copy: `{back}`"),
        ),
        (KeyringError::Missing { .. }, Some(true)) => Check::fail(
            "ring",
            causes(error),
            format!("从备份恢复密钥：`{back}`；新密钥打不开已密封的数据"),
            format!("bring the keys back from their copy: `{back}`; new keys open nothing that was sealed"),
        ),
        (_, _) => Check::fail(
            "ring",
            causes(error),
            format!("移开损坏的密钥，从备份恢复：`{back}`；或核对该用户能否读取密钥桶"),
            format!(
                "move the broken keys aside and bring them back from their copy: `{back}`; or check that this user may read the bucket"
            ),
        ),
    }
}

/// How a command is told where these keys are.
fn place_of(config: &Config) -> String {
    match &config.journal.url {
        None => format!("--data {}", config.data.display()),
        Some(_) => "--journal URL".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[test]
    fn keys_that_are_not_made_yet_are_counted() {
        let (mut keys, wanted) = (Keys::new().expect("randomness"), ["2026-07-08".to_owned(), "2026-07-09".to_owned()]);
        let check = days(&keys, &wanted);
        assert!(check.state == State::Warn && check.found.starts_with("10 keys"), "{check:?}");
        let names: Vec<_> =
            wanted.iter().flat_map(|day| sealing::KEYS.map(|agency| KeyName::new(day, agency).expect("a name"))).collect();
        keys.prepare(&names).expect("made");
        assert_eq!(days(&keys, &wanted).state, State::Ok);
    }

    #[test]
    fn no_ring_fails_only_where_something_is_sealed() {
        let missing = || KeyringError::Missing { dir: "keys".to_owned() };
        for (sealed, state) in [(Some(true), State::Fail), (Some(false), State::Warn), (None, State::Warn)] {
            assert_eq!(none(missing(), sealed, "--data d").state, state);
        }
        assert_eq!(none(KeyringError::Damaged { path: "keys.json".to_owned() }, Some(false), "").state, State::Fail);
    }
}
