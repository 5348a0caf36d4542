//! The policies in force: those of the files, until the journal says that others were adopted; then the journal's.
//!
//! Every process works out the same from the same facts. Nothing is read from disk after the start.

use std::sync::{Arc, PoisonError, RwLock};

use domain::policy::{Policies, PolicyError, SAMPLE, adopted};

use crate::fold::Fold;

/// The policies in force, worked out anew when one was adopted.
#[derive(Debug)]
pub struct InForce {
    base: Vec<(String, String)>,
    /// Which policy fact they were worked out at, and what came of it.
    now: RwLock<(u64, Arc<Policies>)>,
}

impl InForce {
    /// Begins with what these files hold: file name and text. Files of other names (areas) are left to their own readers.
    ///
    /// # Errors
    /// The first thing wrong in them.
    pub fn of(base: Vec<(String, String)>) -> Result<Self, PolicyError> {
        let policies = adopted::in_force(&named(&base), std::iter::empty())?;
        Ok(Self { base, now: RwLock::new((0, Arc::new(policies))) })
    }

    /// Begins with the sample policies that come with the hub.
    #[must_use]
    pub fn sample() -> Self {
        let base = SAMPLE.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        Self { base, now: RwLock::new((0, Arc::new(Policies::sample()))) }
    }

    /// The files that hold where nothing was adopted.
    #[must_use]
    pub fn base(&self) -> Vec<(&str, &str)> {
        named(&self.base)
    }

    /// The policies of the files, whatever was adopted since.
    ///
    /// # Errors
    /// Never after [`of`](Self::of): the same files were read there.
    pub fn of_files(&self) -> Result<Policies, PolicyError> {
        adopted::in_force(&self.base(), std::iter::empty())
    }

    /// The policies in force at what the board has folded.
    #[must_use]
    pub fn get(&self, fold: &Fold) -> Arc<Policies> {
        let at = fold.look(domain::board::Board::policies_at);
        let (known, policies) = self.now.read().unwrap_or_else(PoisonError::into_inner).clone();
        if known == at { policies } else { self.anew(fold, policies) }
    }

    fn anew(&self, fold: &Fold, before: Arc<Policies>) -> Arc<Policies> {
        let (at, kept) = fold.look(|board| (board.policies_at(), board.policies().cloned().collect::<Vec<_>>()));
        let policies = match adopted::in_force(&self.base(), kept.iter().map(AsRef::as_ref)) {
            Ok(policies) => {
                tracing::info!(versions = policies.versions(), position = at, "other policies are in force");
                Arc::new(policies)
            }
            // Adopting checked the whole set; a newer hub may know more than this one.
            Err(error) => {
                tracing::error!(%error, position = at, "adopted policies that this hub cannot read: the ones before stay");
                before
            }
        };
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = (at, Arc::clone(&policies));
        policies
    }
}

fn named(files: &[(String, String)]) -> Vec<(&str, &str)> {
    files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect()
}
