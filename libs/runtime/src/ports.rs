//! What a service is given: the journal, the live board, keys, policies, a clock. Nothing else reaches the outside.

use std::sync::Arc;

use domain::{area::Areas, incident::Book, policy::Policies};
use journal::Journal;
use seal::Sealer;

use crate::{clock::Clock, fold::Fold, spool::Spool};

/// The ports of one process, shared by its services.
#[derive(Clone)]
pub struct Ports {
    /// Facts in order.
    pub journal: Arc<dyn Journal>,
    /// The live board.
    pub fold: Fold,
    /// Keys for personal data.
    pub sealer: Arc<Sealer>,
    /// The policies in force.
    pub policies: Arc<Policies>,
    /// The district's areas.
    pub areas: Arc<Areas>,
    /// The time.
    pub clock: Clock,
    /// The district's six digits.
    pub district: Arc<str>,
    /// Where reports are kept while the journal's servers are away; none where the journal is on this machine's disk.
    pub spool: Option<Arc<Spool>>,
}

impl Ports {
    /// The policies as the rules ask for them.
    #[must_use]
    pub fn book(&self) -> &dyn Book {
        self.policies.as_ref()
    }
}
