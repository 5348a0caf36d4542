//! Work beside the writer: the next segment made ready before it is needed, indexes of finished ones.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use super::active::Active;
use super::disk::DiskFile;
use super::index;
use super::open::{SPARE, publish_index};
use super::state::{Shared, locked};

enum Task {
    Prepare,
    Index(Arc<Active>),
}

/// The thread and how to ask it.
pub(crate) struct Keeper {
    tasks: Option<Sender<Task>>,
    spares: Receiver<io::Result<Arc<dyn DiskFile>>>,
    asked: bool,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    pub(crate) fn start(shared: Arc<Shared>, segment_bytes: u64) -> io::Result<Self> {
        let (tasks, inbox) = channel();
        let (ready, spares) = channel();
        let work = move || {
            for task in inbox {
                match task {
                    Task::Prepare => {
                        if ready.send(shared.disk.create(SPARE, segment_bytes)).is_err() {
                            return;
                        }
                    }
                    Task::Index(active) => write_index(&shared, &active),
                }
            }
        };
        let thread = std::thread::Builder::new().name("journal-keeper".to_owned()).spawn(work)?;
        Ok(Self { tasks: Some(tasks), spares, asked: false, thread: Some(thread) })
    }

    /// Has the next segment made ready, once.
    pub(crate) fn prepare(&mut self) {
        if !self.asked {
            self.asked = true;
            self.ask(Task::Prepare);
        }
    }

    /// The next segment, still under its spare name; waits for it if need be.
    pub(crate) fn spare(&mut self) -> io::Result<Arc<dyn DiskFile>> {
        self.prepare();
        self.asked = false;
        self.spares.recv().map_err(io::Error::other)?
    }

    /// Has the index of a finished segment written.
    pub(crate) fn index(&self, active: Arc<Active>) {
        self.ask(Task::Index(active));
    }

    fn ask(&self, task: Task) {
        if let Some(tasks) = &self.tasks {
            // A keeper that is gone shows when its spare is asked for.
            let _ = tasks.send(task);
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.tasks = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn write_index(shared: &Shared, active: &Active) {
    match publish_index(&*shared.disk, active.first, &index::encode(active)) {
        Ok(Some(lists)) => {
            let mut state = locked(&shared.state);
            if let Some(sealed) = state.sealed.iter_mut().find(|sealed| sealed.first == active.first) {
                sealed.lists = lists;
            }
        }
        Ok(None) => {}
        // Nothing is lost: it stays in memory and the next opening makes it again.
        Err(error) => tracing::warn!(segment = active.first, %error, "index not written"),
    }
}
