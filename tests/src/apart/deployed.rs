//! The servers as they are deployed: the hub as the user that may only add and read, every command over its journal.

use testkit::nats::Server;
use wire::v1::Role;

use crate::{
    child::{self, Hub, Log},
    house,
    town::{Desk, report},
};

const PASSWORD: &str = "serv1ce";
const ROWS: &str = "留言编号,留言用户,留言主题,留言时间,留言详情\n1,甲,路灯不亮,2020/1/2 10:00:00,小区门口的路灯坏了\n";

#[tokio::test(flavor = "multi_thread")]
async fn every_command_works_as_the_deployed_services_user() {
    let file = house::root().join("deploy/nats/one.conf");
    let server = Server::deployed(&file, &[("HUB_NATS_PASSWORD", PASSWORD), ("HUB_NATS_ADMIN_PASSWORD", "pers0n")]);
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(at("password"), format!("{PASSWORD}\n")).expect("written");
    std::fs::write(at("rows.csv"), ROWS).expect("written");
    let (url, monitor) = (server.url(), server.monitor());
    let config = format!(
        "data = {:?}\n[journal]\nurl = {url:?}\n[journal.nats]\nuser = \"hub\"\npassword_file = {:?}\nmonitors = [{monitor:?}]\n",
        at("data"),
        at("password")
    );
    std::fs::write(at("hub.toml"), config).expect("written");
    let config = at("hub.toml");
    let run = |words: &[&str]| {
        let all = [words, &["--config", &config, "--json"]].concat();
        let (fine, line, why) = child::run(&all.iter().map(std::ffi::OsStr::new).collect::<Vec<_>>());
        assert!(fine, "{words:?}: {line}\n{why}");
        assert!(!line.contains(PASSWORD) && !why.contains(PASSWORD), "{words:?} shows the password: {line}\n{why}");
        line
    };
    run(&["import", "messages", &at("rows.csv")]);
    run(&["seat", "add", "desk-0", "--agency", "grid", "--role", "dispatcher"]);
    let mut command = std::process::Command::new(child::binary());
    command.args(["serve", "--listen", "127.0.0.1:0", "--json", "--config", &config]);
    let hub = Hub::spawn(command, Log::Aside);
    let data = folder.path().join("data");
    let token = hub.seat(&data, "desk-1", "grid", &[Role::CallTaker]).await;
    let desk = Desk::at(&hub.uri, "desk-1", &token).await;
    let told = desk.report(report("patrol", "R-1", "门口暴露垃圾")).await.expect("taken");
    run(&["seat", "list"]);
    run(&["show", &told.incident_id]);
    run(&["board"]);
    let doctor: serde_json::Value = serde_json::from_str(&run(&["doctor"])).expect("one JSON object");
    let rights =
        doctor["checks"].as_array().expect("checks").iter().find(|check| check["name"] == "rights").expect("a check of rights");
    assert_eq!((&rights["state"], &doctor["ok"]), (&"ok".into(), &true.into()), "{rights}");
    hub.stop();
    run(&["digest"]);
    run(&["follow", "--once"]);
    run(&["seal", "export", &at("keys")]);
    run(&["seal", "import", &at("keys")]);
}
