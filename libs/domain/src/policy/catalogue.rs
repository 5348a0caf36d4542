//! The matters that a category can name: city management, messages, police calls, tasks. One code, one meaning for ever.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::header::{File, Header, PolicyError};
use crate::id::{Agency, MatterCode};

/// All matters by code.
#[derive(Debug, Clone)]
pub struct Catalogue {
    /// What the file says of itself.
    pub header: Header,
    matters: BTreeMap<MatterCode, Matter>,
}

/// One matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matter {
    /// Its name on screens.
    pub name: String,
    /// The name of its group.
    pub group: String,
    /// Whose table it stands in.
    pub table: Table,
}

/// The tables of codes; a code begins with its table's word and `/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Table {
    /// Matters of city management (管理事项).
    City,
    /// Components of city management (管理部件); never a category by themselves.
    Object,
    /// Classes of citizens' messages.
    Hotline,
    /// Classes of police calls.
    Police,
    /// What a part is asked to do.
    Task,
}

impl Table {
    /// The word before the `/`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::City => "city",
            Self::Object => "object",
            Self::Hotline => "hotline",
            Self::Police => "police",
            Self::Task => "task",
        }
    }

    /// May an incident's category come from this table?
    #[must_use]
    pub const fn categories(self) -> bool {
        match self {
            Self::City | Self::Hotline | Self::Police => true,
            Self::Object | Self::Task => false,
        }
    }

    /// The table that an agency itself sorts by.
    #[must_use]
    pub fn of(agency: &Agency) -> Option<Self> {
        use crate::id::AgencyKind::{Department, Grid, Hotline, Organisation, Police};
        match agency.kind() {
            Police => Some(Self::Police),
            Grid => Some(Self::City),
            Hotline => Some(Self::Hotline),
            Department | Organisation => None,
        }
    }
}

#[derive(Deserialize)]
struct Body {
    group: Vec<Group>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    table: Table,
    code: String,
    name: String,
    matters: BTreeMap<String, String>,
}

impl Catalogue {
    pub(crate) fn read(file: File<'_>) -> Result<Self, PolicyError> {
        let (header, body): (_, Body) = file.parse()?;
        let mut matters = BTreeMap::new();
        for group in body.group {
            for (tail, name) in group.matters {
                let text = format!("{}/{tail}", group.table.word());
                if !tail.starts_with(&group.code) {
                    return Err(file.wrong(text, format!("stands in group {} but does not begin with it", group.code)));
                }
                let code: MatterCode = text.parse().map_err(|wrong: crate::id::BadName| file.wrong(&text, wrong.to_string()))?;
                let matter = Matter { name, group: group.name.clone(), table: group.table };
                if matters.insert(code, matter).is_some() {
                    return Err(file.wrong(text, "is given twice"));
                }
            }
        }
        Ok(Self { header, matters })
    }

    /// The matter with this code.
    #[must_use]
    pub fn get(&self, code: &MatterCode) -> Option<&Matter> {
        self.matters.get(code)
    }

    /// All matters in order of code.
    pub fn iter(&self) -> impl Iterator<Item = (&MatterCode, &Matter)> {
        self.matters.iter()
    }

    /// A code that must be in the catalogue.
    pub(crate) fn known(&self, file: File<'_>, row: &str, code: &str) -> Result<MatterCode, PolicyError> {
        let found = code.parse().ok().filter(|code| self.matters.contains_key(code));
        found.ok_or_else(|| file.wrong(row, format!("`{code}` is not in the catalogue")))
    }

    /// A prefix that at least one code must begin with: a row that can never apply is a mistake.
    pub(crate) fn covers(&self, file: File<'_>, row: &str, prefix: &str) -> Result<(), PolicyError> {
        let found = self.matters.keys().any(|code| code.as_str().starts_with(prefix));
        if found { Ok(()) } else { Err(file.wrong(row, format!("no code of the catalogue begins with `{prefix}`"))) }
    }
}
