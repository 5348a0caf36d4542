//! A ring with fewer keys: for processes that may not read every agency's words.

use std::{collections::BTreeSet, sync::Arc};

use crate::{
    key::Key,
    keys::{DayKeys, KeyName},
    ring::{Keyring, KeyringError},
};

/// A view of `ring` that holds the keys of `agencies` and no other.
#[must_use]
pub fn restricted(ring: Arc<dyn Keyring>, agencies: &[&str]) -> Arc<dyn Keyring> {
    Arc::new(Restricted { ring, agencies: agencies.iter().map(|&agency| agency.to_owned()).collect() })
}

struct Restricted {
    ring: Arc<dyn Keyring>,
    agencies: BTreeSet<String>,
}

impl Restricted {
    fn expect(&self, agency: &str) -> Result<(), KeyringError> {
        if self.agencies.contains(agency) {
            return Ok(());
        }
        Err(KeyringError::NotGiven { agency: agency.to_owned() })
    }
}

impl Keyring for Restricted {
    fn get(&self, name: &KeyName) -> Option<DayKeys> {
        self.expect(name.agency()).ok().and_then(|()| self.ring.get(name))
    }

    fn hub_secret(&self) -> Key {
        self.ring.hub_secret()
    }

    fn epoch(&self) -> u64 {
        self.ring.epoch()
    }

    fn prepare(&self, days: &[String], agencies: &[&str]) -> Result<usize, KeyringError> {
        agencies.iter().try_for_each(|agency| self.expect(agency))?;
        self.ring.prepare(days, agencies)
    }

    fn erase(&self, day: &str, agency: &str, report: &str, others: &[String]) -> Result<(), KeyringError> {
        self.expect(agency)?;
        self.ring.erase(day, agency, report, others)
    }
}
