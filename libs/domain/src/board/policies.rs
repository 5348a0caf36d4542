//! Policies on the board: what was adopted, by name.

use std::sync::Arc;

use super::Board;
use crate::{fact::Stamp, policy};

impl Board {
    /// Policies that were adopted, by name.
    pub fn policies(&self) -> impl Iterator<Item = &Arc<policy::adopted::Kept>> + Clone {
        self.policies.values()
    }

    /// The policy of this name, once one was adopted.
    #[must_use]
    pub fn policy(&self, name: &str) -> Option<&Arc<policy::adopted::Kept>> {
        self.policies.get(name)
    }

    /// Position of the last fact about a policy; 0 before the first.
    #[must_use]
    pub const fn policies_at(&self) -> u64 {
        self.policies_at
    }

    pub(super) fn apply_policy(&mut self, name: &str, fact: &policy::adopted::Fact, stamp: &Stamp) {
        let known = self.policies.remove(name);
        if let Some(known) = known.as_ref().filter(|known| stamp.version <= known.version) {
            self.policies.insert(name.to_owned(), Arc::clone(known));
            return;
        }
        let kept = policy::adopted::Kept::folded(known.map(Arc::unwrap_or_clone), name, fact, stamp);
        self.put_policy(Arc::new(kept));
    }

    pub(super) fn put_policy(&mut self, kept: Arc<policy::adopted::Kept>) {
        self.policies_at = self.policies_at.max(kept.position);
        self.policies.insert(kept.name.clone(), kept);
    }
}
