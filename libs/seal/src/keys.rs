//! All keys of a hub and the rules of their life: made ahead, erased, taken over from a copy.
//!
//! Pure but for the randomness of new keys; where they are kept is the business of a
//! [`Keyring`](crate::Keyring). A dead key stays dead: an [`Erasure`] is remembered for ever and done
//! again on whatever older copy of the keys turns up.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::{Deserialize, Serialize};

use crate::{key::Key, ring::KeyringError};

/// Name of a day's key: `<day>/<agency>`, for example `2026-07-08/police`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyName(String);

impl KeyName {
    /// Puts a name together.
    ///
    /// # Errors
    /// [`KeyringError::Name`] unless `day` reads like `2026-07-08` and `agency` is a short word.
    pub fn new(day: &str, agency: &str) -> Result<Self, KeyringError> {
        let day_reads =
            day.len() == 10 && day.bytes().enumerate().all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() });
        let agency_reads = (1..=40).contains(&agency.len())
            && agency.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
        if day_reads && agency_reads {
            Ok(Self(format!("{day}/{agency}")))
        } else {
            Err(KeyringError::Name { name: format!("{day}/{agency}") })
        }
    }

    /// Splits the key name of a sealed field, `<day>/<agency>/<report>`; nothing if it is none.
    #[must_use]
    pub fn of_report(name: &str) -> Option<(Self, &str)> {
        let (day, rest) = name.split_once('/')?;
        let (agency, report) = rest.split_once('/')?;
        let name = Self::new(day, agency).ok()?;
        report_reads(report).then_some((name, report))
    }

    /// The agency in it.
    #[must_use]
    pub fn agency(&self) -> &str {
        &self.0[11..]
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<KeyName> for String {
    fn from(name: KeyName) -> Self {
        name.0
    }
}

impl TryFrom<String> for KeyName {
    type Error = KeyringError;

    fn try_from(name: String) -> Result<Self, KeyringError> {
        match name.split_once('/') {
            Some((day, agency)) => Self::new(day, agency),
            None => Err(KeyringError::Name { name }),
        }
    }
}

/// Whether `report` may stand as the last part of a key's name.
pub(crate) fn report_reads(report: &str) -> bool {
    (1..=80).contains(&report.len()) && report.bytes().all(|b| b.is_ascii_graphic() && b != b'/')
}

/// The keys of one day and agency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayKeys {
    /// The day key: every report without a key of its own is under it.
    key: Key,
    /// Keys written out singly when an earlier day key was destroyed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    single: BTreeMap<String, Key>,
    /// Reports erased from this day; each one that was under the day key has replaced that key.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    erased: BTreeSet<String>,
}

impl DayKeys {
    fn new() -> Result<Self, KeyringError> {
        Ok(Self { key: Key::random()?, single: BTreeMap::new(), erased: BTreeSet::new() })
    }

    /// The key of one report; nothing when the report is erased.
    #[must_use]
    pub fn of_report(&self, report: &str) -> Option<Key> {
        if self.erased.contains(report) {
            return None;
        }
        Some(self.single.get(report).cloned().unwrap_or_else(|| self.key.of_report(report)))
    }

    /// Whether an earlier day key was destroyed: what was sealed under it and not written out is gone.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        !self.erased.is_empty()
    }

    /// Writes the others out singly and puts a new key, for reports still to come, in the destroyed one's place.
    fn erase(&mut self, report: &str, others: &[String]) -> Result<(), KeyringError> {
        if !self.erased.insert(report.to_owned()) {
            return Ok(());
        }
        if self.single.remove(report).is_some() {
            return Ok(());
        }
        for other in others {
            if !self.erased.contains(other) && !self.single.contains_key(other) {
                self.single.insert(other.clone(), self.key.of_report(other));
            }
        }
        self.key = Key::random()?;
        Ok(())
    }

    /// Takes over what a copy of the same day knows. The one with more erasures is the later one.
    fn merge(&mut self, mut copy: Self, name: &KeyName) -> Result<(), KeyringError> {
        if self.key != copy.key && self.erased == copy.erased {
            return Err(KeyringError::Differs { name: name.to_string() });
        }
        if self.erased.is_subset(&copy.erased) {
            std::mem::swap(self, &mut copy);
        }
        self.single.extend(copy.single.clone().into_iter().filter(|(report, _)| !self.erased.contains(report)));
        Ok(())
    }
}

/// That one report's data was made unreadable. Holds no secret; remembered for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    /// The day key it was under.
    pub name: KeyName,
    /// The report whose key is dead.
    pub report: String,
    /// The other reports of that day and agency, whose keys were written out singly.
    pub others: Vec<String>,
}

/// Every key of a hub, and every erasure. The serde form is also the form of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keys {
    hub: Key,
    days: BTreeMap<KeyName, DayKeys>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    erasures: Vec<Erasure>,
}

impl Keys {
    /// No day yet, and a new hub secret.
    ///
    /// # Errors
    /// [`KeyringError::Random`] when the operating system gives no randomness.
    pub fn new() -> Result<Self, KeyringError> {
        Ok(Self { hub: Key::random()?, days: BTreeMap::new(), erasures: Vec::new() })
    }

    /// The secret that digests of personal data are keyed with.
    #[must_use]
    pub fn hub(&self) -> &Key {
        &self.hub
    }

    /// One day's keys.
    #[must_use]
    pub fn get(&self, name: &KeyName) -> Option<&DayKeys> {
        self.days.get(name)
    }

    /// Every erasure so far, oldest first.
    #[must_use]
    pub fn erasures(&self) -> &[Erasure] {
        &self.erasures
    }

    /// Makes the keys that are missing and says how many that were.
    ///
    /// # Errors
    /// [`KeyringError::Random`] when the operating system gives no randomness.
    pub fn prepare(&mut self, names: &[KeyName]) -> Result<usize, KeyringError> {
        let mut made = 0;
        for name in names {
            if !self.days.contains_key(name) {
                let mut day = DayKeys::new()?;
                // The day itself was lost once, not its erasures: they hold for the new key too.
                day.erased.extend(self.erasures.iter().filter(|e| e.name == *name).map(|e| e.report.clone()));
                self.days.insert(name.clone(), day);
                made += 1;
            }
        }
        Ok(made)
    }

    /// Destroys the key of one report. Doing it twice changes nothing.
    ///
    /// # Errors
    /// [`KeyringError::Name`] for an id that is none, [`KeyringError::Random`] without randomness.
    pub fn erase(&mut self, erasure: &Erasure) -> Result<(), KeyringError> {
        if let Some(odd) = std::iter::once(&erasure.report).chain(&erasure.others).find(|id| !report_reads(id)) {
            return Err(KeyringError::Name { name: odd.clone() });
        }
        if !self.erasures.iter().any(|known| known.name == erasure.name && known.report == erasure.report) {
            self.erasures.push(erasure.clone());
        }
        match self.days.get_mut(&erasure.name) {
            Some(day) => day.erase(&erasure.report, &erasure.others),
            None => Ok(()),
        }
    }

    /// The ring with one day's keys and erasures, or with the hub's secret alone: for a home that keeps each day by itself.
    /// All of them [imported](Self::import) into one are the whole ring again.
    #[must_use]
    pub fn alone(&self, name: Option<&KeyName>) -> Self {
        let days = name.and_then(|name| self.days.get_key_value(name)).map(|(name, day)| (name.clone(), day.clone()));
        let erasures = self.erasures.iter().filter(|erasure| Some(&erasure.name) == name);
        Self { hub: self.hub.clone(), days: days.into_iter().collect(), erasures: erasures.cloned().collect() }
    }

    /// The names of all days and agencies, in order; those of which only erasures are known, too.
    #[must_use]
    pub fn names(&self) -> BTreeSet<KeyName> {
        self.days.keys().chain(self.erasures.iter().map(|erasure| &erasure.name)).cloned().collect()
    }

    /// Takes over a copy, older or newer: no living key is lost, no dead one revived.
    ///
    /// # Errors
    /// [`KeyringError::Differs`] when both hold different keys under one name; nothing is changed then.
    pub fn import(&mut self, copy: Self) -> Result<(), KeyringError> {
        let mut merged = self.clone();
        if merged.hub != copy.hub {
            if !merged.days.is_empty() {
                return Err(KeyringError::Differs { name: "hub".to_owned() });
            }
            merged.hub = copy.hub;
        }
        for (name, day) in copy.days {
            match merged.days.get_mut(&name) {
                Some(ours) => ours.merge(day, &name)?,
                None => {
                    merged.days.insert(name, day);
                }
            }
        }
        // Every erasure either side knows is done again; on a day that has it, it changes nothing.
        for erasure in self.erasures.iter().chain(&copy.erasures) {
            merged.erase(erasure)?;
        }
        *self = merged;
        Ok(())
    }
}
