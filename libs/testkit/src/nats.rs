//! A NATS server of a test's own: on a free port, with its files in a folder that goes with it.

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde::Deserialize;

/// The running server.
pub struct Server {
    folder: tempfile::TempDir,
    config: Config,
    process: Mutex<Option<Child>>,
    ports: Mutex<(String, String)>,
}

/// What it is started with.
enum Config {
    /// Lines for the `jetstream` block, and lines beside it.
    Lines(String, String),
    /// A file as it is deployed, and variables of the environment that it names.
    File(PathBuf, Vec<(String, String)>),
}

/// What the server says of itself in its ports file.
#[derive(Deserialize)]
struct Ports {
    nats: Vec<String>,
    monitoring: Vec<String>,
}

/// The binary, from the tools of the recipes or the path.
///
/// # Panics
/// Where there is none; the message says how to get one.
#[must_use]
pub fn binary() -> PathBuf {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools/bin/nats-server");
    if tools.is_file() {
        return tools;
    }
    let found = std::env::var_os("PATH")
        .and_then(|path| std::env::split_paths(&path).map(|folder| folder.join("nats-server")).find(|file| file.is_file()));
    found.unwrap_or_else(|| {
        panic!("nats-server is missing: `npx -y rust-just test` fetches it into target/tools; else put 2.14.6 or newer on the PATH")
    })
}

impl Server {
    /// Starts one that syncs each message before it answers.
    #[must_use]
    pub fn synced() -> Self {
        Self::start("sync_interval: always")
    }

    /// Starts one with this line in its `jetstream` block.
    #[must_use]
    pub fn start(jetstream: &str) -> Self {
        Self::with(jetstream, "")
    }

    /// Starts one with this line in its `jetstream` block, and these beside it: accounts, TLS, limits.
    ///
    /// # Panics
    /// Where it does not come up; the message holds its log.
    #[must_use]
    pub fn with(jetstream: &str, beside: &str) -> Self {
        Self::run(Config::Lines(jetstream.to_owned(), beside.to_owned()))
    }

    /// Starts one with a configuration as it is deployed; only ports and folder (`$HUB_NATS_STORE`) are the test's own.
    ///
    /// # Panics
    /// Where it does not come up; the message holds its log.
    #[must_use]
    pub fn deployed(file: &Path, variables: &[(&str, &str)]) -> Self {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self::run(Config::File(file.to_owned(), variables))
    }

    fn run(config: Config) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let server = Self { folder, config, process: Mutex::default(), ports: Mutex::default() };
        server.begin();
        server
    }

    fn begin(&self) {
        let folder = self.folder.path();
        let log = fs::File::create(folder.join("log")).expect("a log");
        let mut command = self.command();
        let process = command.stdout(Stdio::null()).stderr(log).spawn().expect("it starts");
        let ports = folder.join(format!("nats-server_{}.ports", process.id()));
        *self.process.lock().expect("whole") = Some(process);
        let begun = Instant::now();
        let told = loop {
            let text = fs::read_to_string(&ports).unwrap_or_default();
            if let Ok(told) = serde_json::from_str::<Ports>(&text) {
                break told;
            }
            let log = || fs::read_to_string(folder.join("log")).unwrap_or_default();
            let ended = self.process.lock().expect("whole").as_mut().is_some_and(|process| !matches!(process.try_wait(), Ok(None)));
            assert!(!ended && begun.elapsed() < Duration::from_secs(20), "the server does not come up:\n{}", log());
            std::thread::sleep(Duration::from_millis(10));
        };
        let first = |addresses: &[String]| addresses.first().expect("an address").clone();
        *self.ports.lock().expect("whole") = (first(&told.nats), first(&told.monitoring));
    }

    /// A free port the first time, the same one afterwards.
    fn command(&self) -> Command {
        let (folder, mut command) = (self.folder.path(), Command::new(binary()));
        let place = |known: String| known.split_once("://").map_or("127.0.0.1:-1".to_owned(), |(_, place)| place.to_owned());
        let (listen, monitor, store) = (place(self.url()), place(self.monitor()), folder.join("store"));
        match &self.config {
            Config::Lines(jetstream, beside) => {
                let config = folder.join("nats.conf");
                let text = format!(
                    "listen: {listen}\nhttp: {monitor}\nports_file_dir: {folder:?}\njetstream {{ store_dir: {store:?}\n{jetstream} }}\n{beside}\n"
                );
                fs::write(&config, text).expect("a writable folder");
                command.arg("-c").arg(&config);
            }
            Config::File(file, variables) => {
                let port = |place: &str| place.rsplit_once(':').map_or("-1", |(_, port)| port).to_owned();
                command.arg("-c").arg(file).arg("--port").arg(port(&listen)).arg("--http_port").arg(port(&monitor));
                command.env("HUB_NATS_STORE", store).arg("--ports_file_dir").arg(folder);
                command.envs(variables.iter().map(|(name, value)| (name, value)));
            }
        }
        command
    }

    /// Its folder: configuration, log, store.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where clients connect.
    ///
    /// # Panics
    /// Never: no thread ends while it looks.
    #[must_use]
    pub fn url(&self) -> String {
        self.ports.lock().expect("whole").0.clone()
    }

    /// Where it tells of itself.
    ///
    /// # Panics
    /// Never: no thread ends while it looks.
    #[must_use]
    pub fn monitor(&self) -> String {
        self.ports.lock().expect("whole").1.clone()
    }

    /// `kill -9`.
    ///
    /// # Panics
    /// Never: no thread ends while it looks.
    pub fn kill(&self) {
        if let Some(mut process) = self.process.lock().expect("whole").take() {
            // Gone already is as good.
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// Kills it and starts it again over the same files, at the same port.
    pub fn restart(&self) {
        self.kill();
        self.begin();
    }

    /// Writes bytes that are no message behind the last one, while the server is down.
    ///
    /// # Panics
    /// Where the stream has no file yet.
    pub fn tear_tail(&self) {
        self.edit(|file, len| {
            let mut torn = vec![0; 200];
            file.read_exact_at(&mut torn, 0).expect("long enough");
            file.write_all_at(&torn, len).expect("written");
        });
    }

    /// Turns bits of a byte in the middle of the stream's last file, while the server is down.
    ///
    /// # Panics
    /// Where the stream has no file yet.
    pub fn damage_middle(&self) {
        self.edit(|file, len| {
            let mut byte = [0];
            file.read_exact_at(&mut byte, len / 3).expect("in the file");
            file.write_all_at(&[byte[0] ^ 0x55], len / 3).expect("written");
        });
    }

    fn edit(&self, edit: impl FnOnce(&fs::File, u64)) {
        self.kill();
        let block = blocks(&self.folder.path().join("store")).pop().expect("a block of messages");
        let len = fs::metadata(&block).expect("there").len();
        let file = fs::OpenOptions::new().read(true).write(true).open(&block).expect("opens");
        edit(&file, len);
        self.begin();
    }
}

fn blocks(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("listed") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(blocks(&path));
        } else if path.extension().is_some_and(|ending| ending == "blk") {
            found.push(path);
        }
    }
    found.sort();
    found
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}
