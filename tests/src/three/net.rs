//! Three network namespaces on one switch, which stands in a fourth; this side's cable into it is an ordinary interface.
//!
//! Everything is named after the process that made it. What a killed run left behind is known by the name of a process
//! that is gone, and cleared away before the next is made.

use std::{
    fs::{self, File},
    os::fd::AsFd as _,
    path::Path,
    process::{self, Command, Output},
    sync::atomic::{AtomicU32, Ordering},
};

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

/// What all names begin with.
const MARK: &str = "h3-";
/// What to do where it cannot be had.
const WAY_OUT: &str = "three servers on one machine need network namespaces: run these tests as root, with iproute2 installed \
    (Debian: apt install iproute2), in a container with CAP_NET_ADMIN and CAP_SYS_ADMIN";

/// Namespaces, cables and addresses of one cluster; gone when dropped.
pub(crate) struct Net {
    name: String,
    /// The first three numbers of every address.
    range: String,
    nodes: usize,
}

impl Net {
    /// Makes so many nodes, each with a cable into the switch.
    pub(crate) fn new(nodes: usize) -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        sweep();
        let made = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("{MARK}{:x}-{made:x}", process::id());
        let net = Self { range: free_range(process::id().wrapping_mul(8).wrapping_add(made)), name, nodes };
        let (name, switch) = (&net.name, &net.switch());
        let added = ip(&format!("netns add {switch}"));
        assert!(added.status.success(), "{WAY_OUT}: {}", text(&added.stderr));
        must(&format!("-n {switch} link add sw type bridge"));
        must(&format!("-n {switch} link set sw up"));
        must(&format!("link add {name} type veth peer name out netns {switch}"));
        must(&format!("addr add {}.254/24 dev {name}", net.range));
        must(&format!("link set {name} up"));
        must(&format!("-n {switch} link set out master sw up"));
        for node in 0..nodes {
            let space = net.space(node);
            must(&format!("netns add {space}"));
            must(&format!("-n {space} link add net type veth peer name n{node} netns {switch}"));
            must(&format!("-n {space} addr add {}/24 dev net", net.address(node)));
            must(&format!("-n {space} link set lo up"));
            must(&format!("-n {space} link set net up"));
            must(&format!("-n {switch} link set n{node} master sw up"));
        }
        net
    }

    /// What everything of this cluster is named after.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// A node's address, reached from here and from the other nodes.
    pub(crate) fn address(&self, node: usize) -> String {
        format!("{}.{}", self.range, node + 1)
    }

    /// Pulls a node's cable out of the switch.
    pub(crate) fn cut(&self, node: usize) {
        must(&format!("-n {} link set n{node} down", self.switch()));
    }

    /// Puts it back.
    pub(crate) fn join(&self, node: usize) {
        must(&format!("-n {} link set n{node} up", self.switch()));
    }

    /// Does something in a node's namespace: what is connected or started there belongs to it.
    pub(crate) fn inside<T: Send>(&self, node: usize, work: impl FnOnce() -> T + Send) -> T {
        let space = File::open(Path::new("/run/netns").join(self.space(node))).expect("the namespace is there");
        // A thread of its own, for it stays in there.
        std::thread::scope(|scope| {
            let inside = scope.spawn(|| {
                move_into_link_name_space(space.as_fd(), Some(LinkNameSpaceType::Network)).expect("root may enter");
                work()
            });
            inside.join().expect("it does not panic")
        })
    }

    fn switch(&self) -> String {
        format!("{}-s", self.name)
    }

    fn space(&self, node: usize) -> String {
        format!("{}-{node}", self.name)
    }
}

impl Drop for Net {
    fn drop(&mut self) {
        // The cables go with their namespaces.
        for node in 0..self.nodes {
            let _ = ip(&format!("netns del {}", self.space(node)));
        }
        let _ = ip(&format!("netns del {}", self.switch()));
    }
}

fn ip(arguments: &str) -> Output {
    let out = Command::new("ip").args(arguments.split(' ')).output();
    out.unwrap_or_else(|error| panic!("{WAY_OUT}: `ip` does not start: {error}"))
}

fn must(arguments: &str) -> String {
    let out = ip(arguments);
    assert!(out.status.success(), "ip {arguments}: {}", text(&out.stderr));
    text(&out.stdout)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}

/// A range that no interface of this machine is in; clusters made at the same time begin their search at different places.
fn free_range(begin: u32) -> String {
    let taken = must("-o -4 addr show");
    let ranges = (0..4096).map(|n| begin.wrapping_add(n) % 16_384).map(|n| format!("10.{}.{}", 192 + n / 256, n % 256));
    ranges.into_iter().find(|range| !taken.contains(&format!(" {range}."))).expect("a free range among 4096")
}

/// Is this the name of something whose maker is gone?
fn left_behind(name: &str) -> bool {
    let maker = name.strip_prefix(MARK).and_then(|rest| rest.split('-').next());
    let maker = maker.and_then(|maker| u32::from_str_radix(maker, 16).ok());
    maker.is_some_and(|maker| maker != process::id() && !Path::new(&format!("/proc/{maker}")).exists())
}

/// Ends servers, and takes away mounts and namespaces of runs that were killed.
fn sweep() {
    let listed = ip("netns list");
    assert!(listed.status.success(), "{WAY_OUT}: {}", text(&listed.stderr));
    for name in text(&listed.stdout).lines().filter_map(|line| line.split(' ').next()).filter(|name| left_behind(name)) {
        for server in text(&ip(&format!("netns pids {name}")).stdout).lines() {
            let _ = Command::new("kill").args(["-9", server]).status();
        }
        let _ = ip(&format!("netns del {name}"));
    }
    let mounts = fs::read_to_string("/proc/mounts").unwrap_or_default();
    for line in mounts.lines() {
        let mut words = line.split(' ');
        if let (Some(source), Some(folder)) = (words.next(), words.next())
            && left_behind(source)
        {
            unmount(Path::new(folder));
        }
    }
}

/// Mounts a disk of so many MiB on `folder`, named as the cluster is.
pub(crate) fn mount(net: &Net, folder: &Path, mib: u32) {
    let (size, source) = (format!("size={mib}m"), net.name());
    let out = Command::new("mount").args(["-t", "tmpfs", "-o", &size, source]).arg(folder).output().expect("`mount` starts");
    assert!(out.status.success(), "{WAY_OUT}: {}", text(&out.stderr));
}

/// Takes it away again, also from under those who still look at it.
pub(crate) fn unmount(folder: &Path) {
    let _ = Command::new("umount").arg("-l").arg(folder).status();
}
