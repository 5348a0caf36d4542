//! What a service is given: the journal, the live board, keys, policies, a clock. Nothing else reaches the outside.

use std::sync::Arc;

use domain::{area::Areas, policy::Policies};
use journal::Journal;
use seal::Sealer;

use crate::{clock::Clock, fold::Fold, policies::InForce, spool::Spool};

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
    pub in_force: Arc<InForce>,
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
    /// The policies in force now.
    #[must_use]
    pub fn policies(&self) -> Arc<Policies> {
        self.in_force.get(&self.fold)
    }
}
