//! The bridges under the doctor's eyes: certificates that end, keys and folders that are missing, partners that are silent.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use super::{
    Said, doctor,
    mends::{mend, run},
};
use crate::child::{self, Hub};

fn by(data: &Path, config: &Path) -> Said {
    doctor(data, &["--config".as_ref(), config.as_os_str()])
}

/// A ferry to the grid platform, its files all below `folder`.
fn ferry(folder: &Path) -> PathBuf {
    let file = |name: &str| folder.join(name);
    let config = file("hub.toml");
    let text = format!(
        "[[bridge]]\npartner = \"gridplatform\"\nsimulated = true\nbeat_seconds = 1\nsilence_seconds = 3\n[bridge.ferry]\ninbox = {:?}\noutbox = {:?}\nkey = {:?}\npartner_key = {:?}\n",
        file("in"),
        file("out"),
        file("hub.key"),
        file("partner.pub"),
    );
    fs::write(&config, text).expect("written");
    config
}

#[test]
fn a_bridge_that_cannot_be() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("hub.toml");
    fs::write(&config, "[[bridge]]\npartner = \"police\"\n").expect("written");
    by(folder.path(), &config).fails(&["bridges"]).tells("bridges", "fail", "give one of police110, gridplatform");
    fs::write(&config, "").expect("written");
    by(folder.path(), &config).fails(&[]).tells("bridges", "ok", "none is set up");
}

#[test]
fn certificates_of_a_bridge_that_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name);
    let config = file("hub.toml");
    let text = format!(
        "[[bridge]]\npartner = \"police110\"\n[bridge.stream]\naddress = \"127.0.0.1:0\"\ncertificate = {:?}\nkey = {:?}\nclient_ca = {:?}\n",
        file("hub.pem"),
        file("hub.key"),
        file("ca.pem"),
    );
    fs::write(&config, text).expect("written");
    let key = rcgen::KeyPair::generate().expect("a key");
    fs::write(file("hub.key"), key.serialize_pem()).expect("written");
    run(&format!("chmod 600 {}", file("hub.key").display()), &[]);
    let now = domain::time::Time::from_ms(runtime::Clock::system().now().ms());
    let sign = |name: &str, days: i64| {
        let mut about = rcgen::CertificateParams::new(["hub.example".to_owned()]).expect("a name");
        let until = now.plus_seconds(days * 86_400).date();
        let [year, month, day] =
            [0, 5, 8].map(|at| until[at..].split('-').next().and_then(|part| part.parse::<u16>().ok()).expect("a number"));
        about.not_before = rcgen::date_time_ymd(2020, 1, 1);
        about.not_after = rcgen::date_time_ymd(year.into(), month.try_into().expect("a month"), day.try_into().expect("a day"));
        fs::write(file(name), about.self_signed(&key).expect("signed").pem()).expect("written");
    };
    let look = || by(&file("data"), &config);
    sign("hub.pem", 400);
    sign("ca.pem", 400);
    look().fails(&[]).tells("bridge cert", "ok", "holds until").tells("partner ca", "ok", "holds until");
    sign("hub.pem", 10);
    sign("new.pem", 400);
    let said = look().fails(&[]).tells("bridge cert", "warn", "hub.pem holds until");
    run(&mend(&said, "bridge cert"), &[("NEW.pem", file("new.pem").to_str().expect("text"))]);
    look().fails(&[]).tells("bridge cert", "ok", "holds until");
    sign("ca.pem", -3);
    let said = look().fails(&["partner ca"]).tells("partner ca", "fail", "ca.pem ended on");
    run(&mend(&said, "partner ca"), &[("NEW.pem", file("new.pem").to_str().expect("text"))]);
    look().fails(&[]);
    fs::remove_file(file("hub.pem")).expect("it was there");
    look().fails(&["bridge cert"]).tells("bridge cert", "fail", "hub.pem");
}

#[test]
fn keys_and_folders_of_a_ferry_that_are_missing() {
    let folder = tempfile::tempdir().expect("a folder");
    let (config, data) = (ferry(folder.path()), folder.path().join("data"));
    let file = |name: &str| folder.path().join(name);
    let said = by(&data, &config).fails(&["secret files", "ferry keys"]).tells("ferry keys", "fail", "hub.key");
    run(&mend(&said, "ferry keys"), &[]);
    let said = by(&data, &config).fails(&["ferry keys"]).tells("ferry keys", "fail", "partner.pub");
    run(&format!("hub links key {}", file("partner.key").display()), &[]);
    run(&mend(&said, "ferry keys"), &[("PARTNER.pub", file("partner.key.pub").to_str().expect("text"))]);
    by(&data, &config).fails(&[]).tells("ferry keys", "ok", "read").tells("ferry folders", "ok", "");
    fs::write(file("in"), "").expect("written");
    let said = by(&data, &config).fails(&["ferry folders"]).tells("ferry folders", "fail", "in cannot be used");
    fs::remove_file(file("in")).expect("it was there");
    run(&mend(&said, "ferry folders"), &[("USER", "$(id -un)")]);
    by(&data, &config).fails(&[]).tells("ferry folders", "ok", "");
    fs::write(file("hub.key"), "no key").expect("written");
    by(&data, &config).fails(&["ferry keys"]).tells("ferry keys", "fail", "hub.key");
}

/// A partner's system. Dropped, it is killed.
struct Simulator(Child);

impl Drop for Simulator {
    fn drop(&mut self) {
        // Gone already is as good.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn simulator(folder: &Path) -> Simulator {
    let file = |name: &str| folder.join(name);
    let mut command = Command::new(child::binary());
    command.args(["simulate", "gridplatform", "--no-town", "--quiet", "--beat", "0.5", "--state"]).arg(file("grid"));
    command.arg("--in").arg(file("out")).arg("--out").arg(file("in")).arg("--key").arg(file("partner.key"));
    command.arg("--hub-key").arg(file("hub.key.pub")).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    Simulator(command.spawn().expect("the simulator starts"))
}

/// Waits until the doctor says this of the partner.
fn says(data: &Path, config: &Path, state: &str, words: &str) -> Said {
    let begun = Instant::now();
    loop {
        let said = by(data, config);
        if said.of("partner").iter().any(|(found, told)| *found == state && told.contains(words)) {
            return said;
        }
        assert!(begun.elapsed() < Duration::from_secs(40), "not {state} {words:?}, but {:?}", said.of("partner"));
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn a_partner_that_is_not_there_or_silent() {
    let folder = tempfile::tempdir().expect("a folder");
    let (config, data) = (ferry(folder.path()), folder.path().join("data"));
    for name in ["hub.key", "partner.key"] {
        run(&format!("hub links key {}", folder.path().join(name).display()), &[]);
    }
    fs::copy(folder.path().join("partner.key.pub"), folder.path().join("partner.pub")).expect("copied");
    by(&data, &config).fails(&[]).tells("partner", "ok", "no hub runs");
    let hub = Hub::start(&data, Some(&config));
    let said = says(&data, &config, "warn", "gridplatform has never been there");
    assert_eq!(mend(&said, "partner"), format!("hub links --data {}", data.display()));
    let partner = simulator(folder.path());
    says(&data, &config, "ok", "gridplatform is there by ferry since").fails(&[]);
    drop(partner);
    says(&data, &config, "warn", "silent");
    let partner = simulator(folder.path());
    says(&data, &config, "ok", "gridplatform is there");
    hub.stop();
    drop(partner);
}
