//! Work beside the writer: the next segment made ready before it is needed, indexes of finished ones.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use super::active::Active;
use super::disk::DiskFile;
use super::open::SPARE;
use super::sealed::publish_index;
use super::state::{Shared, locked};

/// What the keeper is asked.
pub(crate) enum Task {
    /// Make the next segment ready.
    Prepare,
    /// Write a finished segment's index.
    Index(Arc<Active>),
}

/// The thread and how to ask it.
pub(crate) struct Keeper {
    tasks: Option<Sender<Task>>,
    spares: Receiver<io::Result<Arc<dyn DiskFile>>>,
    asked: bool,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    pub(crate) fn start(shared: Arc<Shared>, segment_bytes: u64) -> io::Result<Self> {
        let (tasks, inbox) = channel();
        let (ready, spares) = channel();
        *locked(&shared.keeper) = Some(Sender::clone(&tasks));
        let keeper = Arc::clone(&shared);
        let work = move || {
            for task in inbox {
                if shared.broken.get().is_some() {
                    continue;
                }
                match task {
                    Task::Prepare => {
                        if ready.send(shared.disk.create(SPARE, segment_bytes)).is_err() {
                            return;
                        }
                    }
                    Task::Index(active) => {
                        let first = active.first;
                        shared.put_lists(first, publish_index(&*shared.disk, active));
                    }
                }
            }
        };
        let thread = std::thread::Builder::new().name("journal-keeper".to_owned()).spawn(work)?;
        Ok(Self { tasks: Some(tasks), spares, asked: false, shared: keeper, thread: Some(thread) })
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
        locked(&self.shared.keeper).take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
