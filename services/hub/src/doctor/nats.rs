//! A journal in a NATS stream: are the servers there, do they keep what they acknowledge, may our user do too much?

use journal::jetstream::{
    OLDEST_SERVER, OpenError,
    health::{Answer, Deed, Health, Kept},
};
use runtime::Clock;

use super::{Check, Ground, Seen, causes, whose};
use crate::backend::Backend;

pub(super) async fn look(ground: &Ground<'_>) -> Seen {
    let options = match Backend::nats(ground.config, &Clock::system(), 0) {
        Ok(options) => options,
        Err(error) => return Seen { checks: vec![unreached(causes(error))], ..Seen::default() },
    };
    let shown = options.url_shown();
    let health = match Box::pin(Health::look(&options)).await {
        Ok(health) => health,
        Err(error) => return Seen { checks: vec![unreached(causes(error))], ..Seen::default() },
    };
    let Health { server, version, new_enough, name, stream, synced, clocks, rights } = health;
    let mut seen = Seen { clocks, ..Seen::default() };
    seen.checks.push(of_server(&format!("{shown} answers: {server}, version {version}"), new_enough));
    let accepted = ground.config.journal.nats.accept_loss;
    seen.checks.push(of_sync(&synced, accepted));
    seen.checks.push(of_rights(&name, &rights));
    match stream {
        Ok(Some(kept)) => {
            seen.checks.extend(of_stream(&name, &kept));
            let facts = read(ground, &mut seen).await;
            seen.checks.extend(facts);
        }
        Ok(None) => {
            seen.absent = true;
            seen.checks.push(Check::warn(
                "stream",
                format!("no stream {name} there yet"),
                "首次启动会建立它：`hub serve`；若应已存在，核对地址、账号与 district",
                "the first start makes one: `hub serve`; if it should be there, check address, account and district",
            ));
        }
        Err(error) => seen.checks.push(Check::fail(
            "stream",
            causes(error),
            format!("确认服务器已启用 JetStream，且该用户可查看此流（deploy/nats 的账号可以）：`nats stream info {name}`"),
            format!(
                "see that JetStream is on, and that this user may look at the stream (the account of deploy/nats may): `nats stream info {name}`"
            ),
        )),
    }
    seen
}

/// Opens the journal as every reading command does.
async fn read(ground: &Ground<'_>, seen: &mut Seen) -> Vec<Check> {
    let failed = |what: String| {
        Check::fail(
            "facts",
            what,
            "核对该用户的读取权限：`nats stream ls`；服务器日志会说明原因",
            "check that this user may read: `nats stream ls`; the server's log says why not",
        )
    };
    let backend = match Box::pin(Backend::read_only(ground.config)).await {
        Ok(backend) => backend,
        Err(error) => return vec![failed(causes(error))],
    };
    let tip = match backend.journal().head().await {
        Ok(tip) => tip,
        Err(error) => return vec![failed(causes(error))],
    };
    let whose = whose(&backend, &ground.config.district).await;
    (seen.backend, seen.tip) = (Some(backend), Some(tip));
    vec![Check::ok("facts", format!("position {}", tip.position)), whose]
}

fn unreached(what: String) -> Check {
    Check::fail(
        "servers",
        what,
        "启动 NATS 服务器：`nats-server -c deploy/nats/one.conf`；核对 --journal 地址、用户与密码、防火墙",
        "start the NATS servers: `nats-server -c deploy/nats/one.conf`; check the address, user and password, and firewalls between",
    )
}

fn of_server(found: &str, new_enough: bool) -> Check {
    if new_enough {
        return Check::ok("servers", found);
    }
    let (major, minor, patch) = OLDEST_SERVER;
    Check::fail(
        "servers",
        format!("{found}, which is too old"),
        format!("升级到 nats-server {major}.{minor}.{patch} 或更新：`nats-server --version`"),
        format!("upgrade to nats-server {major}.{minor}.{patch} or newer: `nats-server --version`"),
    )
}

fn of_sync(synced: &Result<(), OpenError>, accepted: bool) -> Check {
    let (found, zh, en) = match synced {
        Ok(()) => return Check::ok("sync", "every server that keeps the journal syncs before it acknowledges"),
        Err(OpenError::Unsynced { what }) => (
            what.clone(),
            "每台服务器设 jetstream { sync_interval: always } 后重启：`nats-server -c deploy/nats/one.conf`，并用 --monitor 指明每台的监控地址",
            "set jetstream { sync_interval: always } on every server and start it again: `nats-server -c deploy/nats/one.conf`; name each one's monitoring address with --monitor",
        ),
        Err(error) => (
            error.to_string(),
            "核对 --monitor 监控地址：`curl http://HOST:8222/varz`",
            "check the monitoring addresses of --monitor: `curl http://HOST:8222/varz`",
        ),
    };
    if accepted {
        let found = format!("{found}; accepted: what was acknowledged may be lost with the servers' power");
        return Check::warn("sync", found, zh, en);
    }
    Check::fail("sync", found, zh, en)
}

fn of_stream(name: &str, kept: &Kept) -> Vec<Check> {
    let mut checks = vec![match &kept.settings {
        Ok(()) => Check::ok("stream", format!("{name} is there, and its settings keep facts safe")),
        Err(error) => Check::fail(
            "stream",
            error.to_string(),
            format!("由管理员改正该设置：`nats stream edit {name}`；或复制到新流"),
            format!("have an administrator set it right: `nats stream edit {name}`; or copy the journal to a new stream"),
        ),
    }];
    checks.push(of_replicas(kept));
    checks.extend(kept.sealed.as_ref().map(|to| {
        let went = if to.is_empty() { "where its facts went is not said".to_owned() } else { format!("its facts went to {to}") };
        Check::fail(
            "sealed",
            format!("{name} takes no more facts; {went}"),
            format!("改用新日志：`{}`", super::files::use_of(if to.is_empty() { "DIR" } else { to })),
            format!("use the journal that they went to: `{}`", super::files::use_of(if to.is_empty() { "DIR" } else { to })),
        )
    }));
    checks
}

/// Copies: are there enough, and do they keep up?
fn of_replicas(kept: &Kept) -> Check {
    const NAME: &str = "replicas";
    let wanted = kept.replicas;
    if wanted < 2 {
        return Check::warn(
            NAME,
            "1 of 1: one server's disk keeps all facts",
            "用三台服务器的集群（deploy/nats/three），`nats stream edit STREAM --replicas 3`；在此之前每天备份该盘",
            "use a cluster of three servers (deploy/nats/three) and `nats stream edit STREAM --replicas 3`; until then back that disk up daily",
        );
    }
    let Some(leader) = &kept.leader else {
        return Check::fail(
            NAME,
            format!("no leader among {wanted}: nothing can be written"),
            "启动停掉的服务器，使多数在线：`nats-server -c deploy/nats/three/a.conf`",
            "start the servers that are down, more than half have to be there: `nats-server -c deploy/nats/three/a.conf`",
        );
    };
    let well = 1 + kept.followers.iter().filter(|follower| follower.current && !follower.offline).count();
    let how = kept.followers.iter().map(|follower| {
        let state = match (follower.offline, follower.current) {
            (true, _) => "offline".to_owned(),
            (false, true) => "current".to_owned(),
            (false, false) => format!("{} changes behind", follower.behind),
        };
        format!("{} {state}", follower.name)
    });
    let found = format!("{well} of {wanted} current; leader {leader}; {}", how.collect::<Vec<_>>().join(", "));
    let zh = "启动或检查未跟上的服务器：`nats server report jetstream`";
    let en = "start, or look at, the servers that do not keep up: `nats server report jetstream`";
    match well {
        well if well >= wanted => Check::ok(NAME, found),
        well if well > wanted / 2 => Check::warn(NAME, found, zh, en),
        _ => Check::fail(NAME, found, zh, en),
    }
}

/// What the journal promises nobody may do, our own user included.
fn of_rights(stream: &str, rights: &[(Deed, Answer)]) -> Check {
    const NAME: &str = "rights";
    let words = |wanted: &[Answer]| -> Vec<&str> {
        rights.iter().filter(|(_, answer)| wanted.contains(answer)).map(|(deed, _)| deed.word()).collect()
    };
    let zh =
        "改用 deploy/nats 中的服务账号：`HUB_NATS_PASSWORD=… hub doctor --config hub.toml`，其中 [journal.nats] user = \"hub\"";
    let en = "use the service's account of deploy/nats: `HUB_NATS_PASSWORD=… hub doctor --config hub.toml`, with [journal.nats] user = \"hub\" in it";
    let may = words(&[Answer::May]);
    if !may.is_empty() {
        return Check::fail(NAME, format!("this user may do to {stream}: {}", may.join(", ")), zh, en);
    }
    let unknown = words(&[Answer::Silent, Answer::NotAsked]);
    if !unknown.is_empty() {
        let found = format!("not known whether this user may do to {stream}: {}", unknown.join(", "));
        return Check::warn(NAME, found, zh, en);
    }
    Check::ok(NAME, format!("this user may not do to {stream}: {}", words(&[Answer::MayNot, Answer::Nobody]).join(", ")))
}

#[cfg(test)]
mod tests {
    use journal::jetstream::health::Follower;

    use super::super::State;
    use super::*;

    fn kept(replicas: usize, leader: Option<&str>, followers: &[(bool, bool)]) -> Kept {
        let followers = followers.iter().zip(["b", "c"]).map(|(&(current, offline), name)| Follower {
            name: name.to_owned(),
            current,
            offline,
            behind: 7,
        });
        let (leader, followers) = (leader.map(str::to_owned), followers.collect());
        Kept { settings: Ok(()), sealed: None, replicas, leader, followers }
    }

    #[test]
    fn copies_are_counted() {
        let (well, behind, offline) = ((true, false), (false, false), (false, true));
        for (kept, state, said) in [
            (kept(1, Some("a"), &[]), State::Warn, "1 of 1"),
            (kept(3, Some("a"), &[well, well]), State::Ok, "3 of 3 current; leader a; b current, c current"),
            (kept(3, Some("a"), &[well, behind]), State::Warn, "c 7 changes behind"),
            (kept(3, Some("a"), &[offline, well]), State::Warn, "b offline"),
            (kept(3, Some("a"), &[offline, offline]), State::Fail, "1 of 3 current"),
            (kept(3, None, &[well, well]), State::Fail, "no leader"),
        ] {
            let check = of_replicas(&kept);
            assert!(check.state == state && check.found.contains(said), "{check:?}");
        }
    }

    #[test]
    fn a_setting_that_is_not_safe_and_a_stream_whose_facts_went_elsewhere_fail() {
        let (stream, setting) = ("S".to_owned(), "discard");
        let unsafe_one = OpenError::Setting { stream, setting, found: "old".to_owned(), wanted: "new" };
        let state = |kept: Kept, name: &str| {
            let checks = of_stream("S", &kept);
            checks.into_iter().find(|check| check.name == name).map(|check| check.state)
        };
        assert_eq!(state(kept(1, Some("a"), &[]), "stream"), Some(State::Ok));
        assert_eq!(state(kept(1, Some("a"), &[]), "sealed"), None);
        let kept = |settings, sealed| Kept { settings, sealed, ..kept(1, Some("a"), &[]) };
        assert_eq!(state(kept(Err(unsafe_one), None), "stream"), Some(State::Fail));
        assert_eq!(state(kept(Ok(()), Some(String::new())), "sealed"), Some(State::Fail));
    }

    #[test]
    fn a_right_that_is_there_fails_and_one_that_is_not_known_is_told() {
        let all = |answer: Answer| Deed::ALL.map(|deed| (deed, answer.clone()));
        let check = of_rights("S", &all(Answer::May));
        assert!(check.state == State::Fail && check.found.ends_with("UPDATE, MSG.DELETE, RESTORE, DELETE, PURGE"), "{check:?}");
        for (answer, state) in [
            (Answer::MayNot, State::Ok),
            (Answer::Nobody, State::Ok),
            (Answer::Silent, State::Warn),
            (Answer::NotAsked, State::Warn),
        ] {
            assert_eq!(of_rights("S", &all(answer)).state, state);
        }
    }

    #[test]
    fn a_loss_that_was_accepted_is_still_told() {
        let unsynced = || Err(OpenError::Unsynced { what: "server a acknowledges before it syncs".to_owned() });
        assert_eq!(of_sync(&unsynced(), false).state, State::Fail);
        assert_eq!(of_sync(&unsynced(), true).state, State::Warn);
        assert_eq!(of_sync(&Ok(()), false).state, State::Ok);
    }
}
