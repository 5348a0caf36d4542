//! Three NATS servers, each in a network of its own: killed, cut off, with a full disk, and well again.

use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Mutex,
    time::{Duration, Instant},
};

use serde_json::json;

use super::{
    net::{self, Net},
    raw::{self, Connection},
};
use crate::town::DISTRICT;

/// How many.
pub(crate) const NODES: usize = 3;
/// The disk of one node, in MiB: small, so that it can be filled.
const DISK: u32 = 64;
/// How long a cluster may take to be well again.
const PATIENCE: Duration = Duration::from_secs(60);

/// The servers and what they stand in; gone when dropped.
pub(crate) struct Cluster {
    servers: [Mutex<Option<Child>>; NODES],
    net: Net,
    folder: tempfile::TempDir,
}

/// What a server tells of its copy of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Copy {
    /// Who leads, as far as it knows.
    pub(crate) leader: Option<usize>,
    /// The last message it has.
    pub(crate) last: u64,
}

impl Cluster {
    /// Starts three servers and waits until they have found each other.
    pub(crate) fn start() -> Self {
        let cluster = Self::begun();
        // A leader of all is chosen before a stream can be made.
        cluster.wait("the servers choose a leader", || {
            (0..NODES).all(|node| {
                let told = raw::monitor(&cluster.monitor(node), "/jsz").unwrap_or_default();
                told["meta_cluster"]["leader"].as_str().is_some_and(|leader| !leader.is_empty())
            })
        });
        cluster
    }

    /// Starts three servers and waits only until each of them greets.
    pub(crate) fn begun() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let cluster = Self { servers: Default::default(), net: Net::new(NODES), folder };
        for node in 0..NODES {
            fs::create_dir_all(cluster.store(node)).expect("a writable folder");
            fs::write(cluster.home(node).join("nats.conf"), cluster.config(node)).expect("a writable folder");
        }
        net::mount(&cluster.net, &cluster.store(Self::small()), DISK);
        (0..NODES).for_each(|node| cluster.begin(node));
        cluster.wait("the servers greet", || {
            let greets = |node| Connection::to(&format!("{}:4222", cluster.net.address(node)), Duration::from_secs(2)).is_ok();
            (0..NODES).all(greets)
        });
        cluster
    }

    /// The node with the small disk.
    pub(crate) const fn small() -> usize {
        2
    }

    fn config(&self, node: usize) -> String {
        let routes: Vec<_> = (0..NODES).map(|node| format!("\"nats://{}:6222\"", self.net.address(node))).collect();
        let (address, store) = (self.net.address(node), self.store(node));
        format!(
            "server_name: n{node}\nlisten: \"0.0.0.0:4222\"\nclient_advertise: \"{address}:4222\"\nhttp: \"0.0.0.0:8222\"\n\
             jetstream {{ store_dir: {store:?}, sync_interval: always, max_file_store: 1GB, max_memory_store: 64MB }}\n\
             cluster {{ name: three, listen: \"{address}:6222\", routes: [{}] }}\n",
            routes.join(", ")
        )
    }

    fn home(&self, node: usize) -> PathBuf {
        self.folder.path().join(format!("n{node}"))
    }

    fn store(&self, node: usize) -> PathBuf {
        self.home(node).join("store")
    }

    /// Where the server's log goes.
    fn log(&self, node: usize) -> PathBuf {
        self.home(node).join("log")
    }

    /// A folder beside the servers'.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The addresses as `--journal` takes them.
    pub(crate) fn url(&self) -> String {
        let all: Vec<_> = (0..NODES).map(|node| format!("nats://{}:4222", self.net.address(node))).collect();
        all.join(",")
    }

    /// Where a server tells of itself.
    pub(crate) fn monitor(&self, node: usize) -> String {
        format!("{}:8222", self.net.address(node))
    }

    /// Starts a server, in its own network.
    pub(crate) fn begin(&self, node: usize) {
        let log = File::options().create(true).append(true).open(self.log(node)).expect("a log");
        let mut command = Command::new(testkit::nats::binary());
        command.arg("-c").arg(self.home(node).join("nats.conf")).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let server = self.net.inside(node, move || command.spawn().expect("it starts"));
        *self.servers[node].lock().expect("whole") = Some(server);
    }

    /// `kill -9`.
    pub(crate) fn kill(&self, node: usize) {
        if let Some(mut server) = self.servers[node].lock().expect("whole").take() {
            // Gone already is as good.
            let _ = server.kill();
            let _ = server.wait();
        }
    }

    /// Pulls a node's cable.
    pub(crate) fn cut(&self, node: usize) {
        self.net.cut(node);
    }

    /// Puts it back.
    pub(crate) fn join(&self, node: usize) {
        self.net.join(node);
    }

    /// Fills the small disk to its last byte.
    pub(crate) fn fill(&self) {
        let mut filler = File::create(self.store(Self::small()).join("filler")).expect("a file");
        let zeros = vec![0; 1 << 16];
        while filler.write_all(&zeros).is_ok() {}
        // What is left is less than one of those.
        while filler.write_all(&zeros[..512]).is_ok() {}
    }

    /// Takes away what fills it.
    pub(crate) fn free(&self) {
        fs::remove_file(self.store(Self::small()).join("filler")).expect("it was filled");
    }

    /// What a server tells of its copy; none where it does not answer or has none.
    pub(crate) fn copy(&self, node: usize) -> Option<Copy> {
        let told = raw::monitor(&self.monitor(node), "/jsz?accounts=true&streams=true").ok()?;
        let accounts = told["account_details"].as_array()?.iter();
        let mut streams = accounts.flat_map(|account| account["stream_detail"].as_array().into_iter().flatten());
        let stream = streams.find(|stream| stream["name"] == stream_name())?;
        let leader = stream["cluster"]["leader"].as_str().and_then(|name| name.strip_prefix('n')?.parse().ok());
        Some(Copy { leader, last: stream["state"]["last_seq"].as_u64()? })
    }

    /// Who leads the stream: the one that says so itself and is not cut off. Waited for.
    pub(crate) fn leader(&self) -> usize {
        let mut found = None;
        self.wait("the stream has a leader", || {
            found = (0..NODES).find(|&node| {
                let others = || (0..NODES).filter(|&other| other != node).filter_map(|other| self.copy(other));
                let says = |copy: Option<Copy>| copy.is_some_and(|copy| copy.leader == Some(node));
                says(self.copy(node)) && others().any(|copy| copy.leader == Some(node))
            });
            found.is_some()
        });
        found.expect("waited for")
    }

    /// Everything in the stream up to `position`, from the files of this very server: no other one can have a hand in it.
    pub(crate) fn kept(&self, node: usize, position: u64) -> Vec<Vec<u8>> {
        let folder = self.store(node).join("jetstream/$G/streams").join(stream_name()).join("msgs");
        let mut kept = Vec::new();
        // What a server has acknowledged may wait a moment before it goes from its log into these files.
        self.wait("a server's files hold everything", || {
            kept = raw::stored(&folder).unwrap_or_else(|error| panic!("the files of n{node}: {error}"));
            kept.len() as u64 >= position
        });
        kept
    }

    /// Hands the stream's leadership to this server.
    pub(crate) fn lead(&self, node: usize) {
        let wanted = json!({ "placement": { "preferred": format!("n{node}") } });
        while self.leader() != node {
            let subject = format!("STREAM.LEADER.STEPDOWN.{}", stream_name());
            let address = format!("{}:4222", self.net.address(node));
            let asked = Connection::to(&address, Duration::from_secs(2)).and_then(|mut to| to.api(&subject, &wanted));
            // A server that cannot yet is asked again.
            drop(asked);
            std::thread::sleep(Duration::from_millis(300));
        }
    }

    /// Is this in the log of a server?
    pub(crate) fn told_of(&self, node: usize, what: &str) -> bool {
        fs::read_to_string(self.log(node)).is_ok_and(|log| log.contains(what))
    }

    /// Waits until this is so.
    pub(crate) fn wait(&self, what: &str, mut so: impl FnMut() -> bool) {
        let begun = Instant::now();
        while !so() {
            assert!(begun.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}\n{}", self.logs());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The ends of all logs.
    fn logs(&self) -> String {
        let end = |node| {
            let text = fs::read_to_string(self.log(node)).unwrap_or_default();
            let lines: Vec<_> = text.lines().rev().take(15).collect();
            format!("n{node}:\n{}\n", lines.into_iter().rev().collect::<Vec<_>>().join("\n"))
        };
        (0..NODES).map(end).collect()
    }
}

/// The stream of the tests' district.
fn stream_name() -> String {
    format!("HUB_EVT_{DISTRICT}")
}

impl Drop for Cluster {
    fn drop(&mut self) {
        (0..NODES).for_each(|node| self.kill(node));
        net::unmount(&self.store(Self::small()));
    }
}
