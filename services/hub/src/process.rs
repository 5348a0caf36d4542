//! One process of the hub: journal, snapshots, keys, live board, and the services over them.

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use bridge::{Bridge, Partner};
use domain::area::AreaCode;
use journal::{Journal, Tip, embedded::Lock};
use runtime::{
    Clock, Fold, Ports, adopting,
    config::Config,
    fold,
    identity::{Doorman, operator_token},
    outside::Ready,
    react, sealing, seats, serve,
    spool::{self, Spool, SpoolOptions},
};
use seal::Sealer;
use store::Store;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use wire::v1::{audit_server::AuditServer, policies_server::PoliciesServer, seats_server::SeatsServer};

use crate::{
    backend::{self, Backend},
    bridges, figures,
    policies::policies,
    seen::FIGURES_FILE,
};

/// Calls that last as long as their streams do.
const STREAMS: [&str; 3] = ["/hub.v1.Intake/ReportMany", "/hub.v1.Audit/Follow", "/hub.v1.Links/Ledger"];
/// Services of every process, by the names under which their health is told.
const COMMON: [&str; 4] = ["hub.v1.Audit", "hub.v1.Seats", "hub.v1.Policies", "hub.v1.Links"];
/// The file that tells the command line where the running hub listens.
pub const ADDRESS_FILE: &str = "hub.address";
/// The board that is so many positions behind the journal's end answers from a past that has gone by.
const BEHIND: u64 = 10_000;

/// The services a process may serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Service {
    /// Takes reports in.
    Intake,
    /// Proposes, routes, dispatches; keeps the clocks.
    Triage,
    /// Checks, tells, follows up, closes.
    Feedback,
    /// Speaks to the partners' systems that the configuration names.
    Bridge,
}

impl Service {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Intake, Self::Triage, Self::Feedback, Self::Bridge];

    /// Its name in health and records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Intake => intake::NAME,
            Self::Triage => triage::NAME,
            Self::Feedback => feedback::NAME,
            Self::Bridge => bridge::NAME,
        }
    }
}

/// A process that is open: its board is live, nothing listens yet.
pub struct Process {
    /// What services are given.
    pub ports: Ports,
    backend: Backend,
    /// One process a data directory; the segment files have a lock of their own.
    lock: Option<Lock>,
    store: Arc<Store>,
    config: Config,
    /// Where partners connect.
    bridges: Vec<(Partner, Option<std::net::SocketAddr>)>,
    /// Stopped first: that a link ended is a fact, and the board has to live for it.
    talking: JoinSet<()>,
    hush: CancellationToken,
    stop: CancellationToken,
    tasks: JoinSet<()>,
    ready: Ready,
}

impl Process {
    /// Opens the journal, and what is kept beside it under `config.data`, and folds the board up to the journal's end.
    ///
    /// # Errors
    /// Another process writes there, something is damaged, or the disk or the servers do not answer.
    pub async fn open(config: Config, clock: Clock) -> anyhow::Result<Self> {
        Self::open_seen(config, clock, Ready::default()).await
    }

    /// The same, while somebody may be watching by `ready` how far it is.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn open_seen(config: Config, clock: Clock, ready: Ready) -> anyhow::Result<Self> {
        let district: AreaCode = config.district.parse().context("read the district's code")?;
        let (in_force, areas) = policies(config.policy.as_deref())?;
        let data = &config.data;
        std::fs::create_dir_all(data).with_context(|| format!("make the data directory {}", data.display()))?;
        let lock = if config.journal.url.is_some() { Some(hold(&config)?) } else { None };
        let store = match Store::open(data.join("store")) {
            Ok(store) => store,
            Err(error) => return Err(in_the_way(&config, &clock, error)?),
        };
        // Facts that a snapshot has seen were on disk: a journal that ends before them is damaged, and is not cut.
        let floor = store.highest().context("read how far the snapshots go")?;
        let backend = Backend::open(&config, &clock, floor).await?;
        if let Some(to) = backend.moved(data).await? {
            anyhow::bail!("the journal has moved to {to}: start the hub there, with `--journal nats://…` or `--data DIR`");
        }
        // Whoever left one there is gone: the journal is ours.
        let _ = std::fs::remove_file(data.join(FIGURES_FILE));
        let journal = backend.journal();
        let tip = journal.head().await.context("read the journal's end")?;
        let board = fold::load(&store, district).context("load the snapshot")?;
        let board = same_journal(journal.as_ref(), board, district).await?;
        let stop = CancellationToken::new();
        let mut tasks = JoinSet::new();
        // Position 1 seals nothing; beyond it, new keys would open nothing of what is there.
        let ring = backend.keyring(data, tip.position > 1).await.context("open the keys of sealed data")?;
        if let Some(follow) = ring.follow(stop.clone()) {
            tasks.spawn(follow);
        }
        let ports = Ports {
            fold: Fold::new(journal.clone(), board),
            journal,
            sealer: Arc::new(Sealer::new(ring.ring())),
            in_force: Arc::new(in_force),
            areas: Arc::new(areas),
            clock,
            district: config.district.as_str().into(),
            spool: None,
        };
        sealing::prepare(&ports).context("make the keys of the days to come")?;
        let store = Arc::new(store);
        let fold = ports.fold.clone();
        ready.unless(move || {
            let stopped = fold.stopped().map(|stopped| stopped.to_string());
            let (at, end) = (fold.position(), tip.position);
            stopped.or_else(|| Some(format!("starting: the live board is at position {at} of {end}")))
        });
        tasks.spawn(ports.fold.clone().follow(stop.clone()));
        // Also while catching up: a long rebuild that is cut short goes on where it was.
        tasks.spawn(keep_snapshots(ports.fold.clone(), store.clone(), config.journal.snapshot_facts, stop.clone()));
        caught_up(&ports.fold, tip.position).await?;
        Ok(Self {
            ports,
            backend,
            lock,
            store,
            config,
            bridges: Vec::new(),
            talking: JoinSet::new(),
            hush: CancellationToken::new(),
            stop,
            tasks,
            ready,
        })
    }

    /// Makes ready for these services: what the hub does by itself in their name, and intake's spool where the journal's
    /// servers may be away.
    ///
    /// # Errors
    /// The spool cannot be opened, or what waits in it does not read.
    pub async fn begin(&mut self, services: &[Service]) -> anyhow::Result<()> {
        let dir = self.config.data.join("spool");
        // Also where nothing can be away any more: what an earlier process kept here is delivered first.
        if dir.is_dir() || (services.contains(&Service::Intake) && self.config.journal.url.is_some()) {
            let backend = self.backend.clone();
            let options = SpoolOptions {
                dir,
                district: self.config.district.clone(),
                clock: self.ports.clock.clone(),
                most: self.config.journal.spool_bytes,
                away: Arc::new(move || backend.away()),
            };
            let spool = Spool::open(options).await.context("open intake's spool")?;
            self.ports.spool = Some(spool.clone());
            self.tasks.spawn(spool::deliver(self.ports.clone(), spool, self.stop.clone()));
        }
        if services.contains(&Service::Triage) {
            self.tasks.spawn(react::keep_clocks(self.ports.clone(), "triage", self.stop.clone()));
        }
        if services.contains(&Service::Bridge) {
            self.begin_bridges().await?;
        }
        self.tasks.spawn(make_keys_ahead(self.ports.clone(), self.stop.clone()));
        figures::watch_all(&self.ports, &self.backend, &self.config, &self.ready);
        Ok(())
    }

    async fn begin_bridges(&mut self) -> anyhow::Result<()> {
        for settings in bridges::settings(&self.config)? {
            let partner = settings.partner;
            let bridge = Bridge::open(self.ports.clone(), &settings, self.hush.clone());
            let bridge = bridge.await.with_context(|| format!("open the bridge to {}", partner.name()))?;
            self.bridges.push((partner, bridge.address()));
            self.talking.spawn(async move {
                if let Err(error) = bridge.run().await {
                    tracing::error!(partner = partner.name(), %error, "the bridge broke");
                }
            });
        }
        Ok(())
    }

    /// The bridges that run, and where the partner connects.
    #[must_use]
    pub fn bridges(&self) -> &[(Partner, Option<std::net::SocketAddr>)] {
        &self.bridges
    }

    /// The chosen services, with what every process serves.
    #[must_use]
    pub fn routes(&self, services: &[Service]) -> Routes {
        let names = services.iter().map(|service| service.name()).chain(COMMON).collect();
        let (fold, backend, spool) = (self.ports.fold.clone(), self.backend.clone(), self.ports.spool.clone());
        // Intake takes reports as long as it can keep them; the rest of a hub without its journal can only wait.
        let intake_alone = services.iter().all(|service| *service == Service::Intake);
        let away = move |service: &str| {
            let takes = service == intake::NAME || (service.is_empty() && intake_alone);
            let keeper = spool.as_ref().filter(|_| takes || service.is_empty());
            let full = || keeper.filter(|spool| spool.full()).map(|_| "there is no room for more reports".to_owned());
            let away = || (backend.away() && !takes).then(|| "the journal's servers are away".to_owned());
            keeper.and_then(|spool| spool.broken()).or_else(full).or_else(away)
        };
        let backend = self.backend.clone();
        let unready = move |service: &str| {
            let stopped = fold.stopped().map(|stopped| stopped.to_string());
            stopped.or_else(|| backend.broken()).or_else(|| away(service)).or_else(|| behind(fold.head(), fold.position()))
        };
        let unready = Arc::new(unready);
        let whole = Arc::clone(&unready);
        self.ready.unless(move || whole(""));
        let mut routes = serve::common_routes(move |service| unready(service), names, self.stop.clone())
            .add_service(AuditServer::new(runtime::audit::Service::new(self.ports.clone())))
            .add_service(SeatsServer::new(seats::Service::new(self.ports.clone())))
            .add_service(PoliciesServer::new(adopting::Service::new(self.ports.clone())))
            .add_service(bridge::links::build(self.ports.clone()));
        for service in services {
            routes = match service {
                Service::Intake => routes.add_service(intake::build(self.ports.clone())),
                Service::Triage => routes.add_service(triage::build(self.ports.clone())),
                Service::Feedback => routes.add_service(feedback::build(self.ports.clone())),
                // It listens by itself, at an address for the partner alone.
                Service::Bridge => routes,
            };
        }
        routes
    }

    /// Listens and serves until `until` is there; then drains.
    ///
    /// # Errors
    /// The address cannot be had, or the server broke.
    pub async fn serve(
        &mut self,
        services: &[Service],
        until: impl Future<Output = ()>,
        bound: impl FnOnce(std::net::SocketAddr),
    ) -> anyhow::Result<()> {
        let server = serve::bind(&self.config.listen).await?;
        let address = server.address;
        let note = self.config.data.join(ADDRESS_FILE);
        let scheme = if self.config.listen.tls.is_some() { "https" } else { "http" };
        std::fs::write(&note, format!("{scheme}://{address}")).context("note where the hub listens")?;
        let token = operator_token(&self.config.data).context("keep the operator's token")?;
        let doorman = Doorman::new(self.ports.clone(), Some(&token));
        let closing = CancellationToken::new();
        let mut running = tokio::spawn(server.run(self.routes(services), &STREAMS, doorman, closing.clone()));
        tracing::info!(%address, "listening");
        bound(address);
        let early = tokio::select! {
            () = until => None,
            () = broken(&self.backend, self.ports.spool.as_deref()) => None,
            ended = &mut running => Some(ended),
        };
        closing.cancel();
        self.ready.unless(|| Some("stopping".to_owned()));
        let ended = match early {
            Some(ended) => Some(ended),
            None => tokio::time::timeout(Duration::from_secs(self.config.grace_seconds), &mut running).await.ok(),
        };
        running.abort();
        // The note may be gone already; then there is nothing to take back.
        let _ = std::fs::remove_file(note);
        // What is on disk is no longer known: whoever watches this process starts it again, and it looks.
        if let Some(reason) = self.backend.broken() {
            anyhow::bail!("the journal stopped writing: {reason}; start the hub again once the disk is well");
        }
        if let Some(reason) = self.ports.spool.as_ref().and_then(|spool| spool.broken()) {
            anyhow::bail!("intake's spool takes no more: {reason}; what is in it is delivered once the hub is started again");
        }
        match ended {
            Some(Ok(served)) => Ok(served?),
            Some(Err(_)) | None => Ok(()),
        }
    }

    /// Stops everything and keeps a last snapshot.
    ///
    /// # Errors
    /// The snapshot could not be kept; the journal has everything all the same.
    pub async fn close(mut self) -> anyhow::Result<()> {
        self.hush.cancel();
        while self.talking.join_next().await.is_some() {}
        self.stop.cancel();
        while self.tasks.join_next().await.is_some() {}
        let (fold, store) = (self.ports.fold.clone(), self.store.clone());
        tokio::task::spawn_blocking(move || fold::save(&fold, &store)).await?.context("keep the last snapshot")?;
        if let Some(spool) = &self.ports.spool {
            spool.close().await;
        }
        self.backend.close();
        drop(self.lock);
        Ok(())
    }

    /// The settings it was opened with.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }
}

/// Holds the data directory of a process whose journal is elsewhere.
fn hold(config: &Config) -> anyhow::Result<Lock> {
    let data = config.data.display();
    match journal::embedded::hold(&config.data).with_context(|| format!("lock the data directory {data}"))? {
        Ok(lock) => Ok(lock),
        Err(pid) => {
            anyhow::bail!("process {pid} is using the data directory {data}: stop it, or give this one another with --data")
        }
    }
}

/// Why the snapshots did not open: most often another process holds both them and the journal, and the journal's lock
/// knows which. The floor keeps this look from cutting anything.
fn in_the_way(config: &Config, clock: &Clock, error: store::StoreError) -> anyhow::Result<anyhow::Error> {
    let store = format!("open the snapshots in {}", config.data.join("store").display());
    if config.journal.url.is_some() {
        return Ok(anyhow::Error::new(error).context(store));
    }
    let options = Backend::files(config, clock, u64::MAX)?;
    Ok(match journal::Embedded::open(&config.data.join("journal"), options) {
        Err(locked @ journal::OpenError::Locked { .. }) => anyhow::Error::new(locked).context(backend::opening(&config.data)),
        Err(_) | Ok(_) => anyhow::Error::new(error).context(store),
    })
}

/// The snapshot's board, if it is of this very journal; else a blank one.
async fn same_journal(
    journal: &dyn Journal,
    board: domain::board::Board,
    district: AreaCode,
) -> anyhow::Result<domain::board::Board> {
    if board.position() == 0 {
        return Ok(board);
    }
    let first = fold::fold_to(journal, domain::board::Board::new(district), 1, None).await?;
    if first.ledger().map(|(id, _)| id) == board.ledger().map(|(id, _)| id) {
        Ok(board)
    } else {
        tracing::warn!("the snapshot is of another journal; the board is folded anew");
        Ok(domain::board::Board::new(district))
    }
}

/// Why a board at `position` is too far from the journal's end; nothing where it keeps up, or nobody looks.
fn behind(head: Option<Tip>, position: u64) -> Option<String> {
    let behind = head?.position.saturating_sub(position);
    (behind > BEHIND).then(|| format!("the live board is {behind} positions behind the journal's end"))
}

/// Waits until the journal, or intake's spool, has stopped writing for good.
async fn broken(backend: &Backend, spool: Option<&Spool>) {
    while backend.broken().is_none() && spool.is_none_or(|spool| spool.broken().is_none()) {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

async fn caught_up(fold: &Fold, position: u64) -> anyhow::Result<()> {
    loop {
        match fold.reached(position).await {
            Ok(()) => return Ok(()),
            Err(fold::FoldError::Behind { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

async fn keep_snapshots(fold: Fold, store: Arc<Store>, every: u64, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(Duration::from_millis(100)) => {}
        }
        if fold.unsaved() < every {
            continue;
        }
        let (fold, store) = (fold.clone(), store.clone());
        match tokio::task::spawn_blocking(move || fold::save(&fold, &store)).await {
            Ok(Ok(position)) => tracing::info!(position, "snapshot kept"),
            Ok(Err(error)) => tracing::warn!(%error, "snapshot not kept; it is tried again"),
            Err(error) => tracing::warn!(%error, "snapshot not kept; it is tried again"),
        }
    }
}

async fn make_keys_ahead(ports: Ports, stop: CancellationToken) {
    let mut day = 0;
    loop {
        let today = ports.clock.now().day();
        let mut pause = Duration::from_secs(1);
        if today != day {
            match sealing::prepare(&ports) {
                Ok(made) => {
                    tracing::info!(made, "keys made ahead");
                    day = today;
                }
                // Those of the next days are there already: there is time.
                Err(error) => {
                    tracing::error!(%error, "keys could not be made ahead; it is tried again");
                    pause = Duration::from_secs(30);
                }
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_board_that_falls_far_behind_is_not_ready() {
        let behind = |position| behind(Some(Tip { position: 50_000, time_ms: 0 }), position);
        assert_eq!([50_000, 50_001, 40_000].map(behind), [None, None, None]);
        assert!(behind(39_999).is_some_and(|why| why.contains("10001 positions behind")));
        assert_eq!(super::behind(None, 0), None, "nobody looks");
    }
}
