//! The hand-over catalogue (移交清单): what one agency may hand over to another, and under which item.

use serde::Deserialize;

use super::{
    catalogue::Catalogue,
    header::{File, Header, PolicyError},
    relations::Kind,
};
use crate::{
    id::{AgencyKind, MatterCode},
    incident::Item,
};

/// The catalogue in force.
#[derive(Debug, Clone)]
pub struct Handovers {
    /// What the file says of itself.
    pub header: Header,
    rows: Vec<HandoverRow>,
}

/// One item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandoverRow {
    /// Its code.
    pub code: String,
    /// Its name on screens.
    pub name: String,
    /// Who hands over.
    pub from: AgencyKind,
    /// Who receives.
    pub to: AgencyKind,
    /// Beginnings of the matters it is for; empty where it is for any.
    pub matters: Vec<String>,
}

#[derive(Deserialize)]
struct Body {
    item: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    code: String,
    name: String,
    from: Kind,
    to: Kind,
    #[serde(default)]
    matters: Vec<String>,
}

impl Handovers {
    pub(crate) fn read(file: File<'_>, catalogue: &Catalogue) -> Result<Self, PolicyError> {
        let (header, body): (_, Body) = file.parse()?;
        let mut rows: Vec<HandoverRow> = Vec::new();
        for Row { code, name, from, to, matters } in body.item {
            let row = format!("item {code}");
            // It stands in reasons, where a code is a plain name.
            if code.parse::<MatterCode>().is_err() {
                return Err(file.wrong(row, "the code must be 1 to 32 letters, digits and - _ . / :"));
            }
            if rows.iter().any(|known| known.code == code) {
                return Err(file.wrong(row, "is given twice"));
            }
            for prefix in &matters {
                catalogue.covers(file, &row, prefix)?;
            }
            rows.push(HandoverRow { code, name, from: from.into(), to: to.into(), matters });
        }
        Ok(Self { header, rows })
    }

    /// The row for this pair: the one that is named, of this very version; else the first that fits the category.
    #[must_use]
    pub fn find(&self, from: AgencyKind, to: AgencyKind, named: Option<&Item>, category: Option<&MatterCode>) -> Option<Item> {
        let mut of_pair = self.rows.iter().filter(|row| (row.from, row.to) == (from, to));
        let fits = |row: &&HandoverRow| {
            let of_category = |code: &MatterCode| row.matters.iter().any(|prefix| code.as_str().starts_with(prefix.as_str()));
            row.matters.is_empty() || category.is_some_and(of_category)
        };
        let catalogue = format!("{}/{}", self.header.name, self.header.version);
        let row = match named {
            // Of another version than the one in force; the policy's own name before it may be left out.
            Some(item) if !["", &catalogue, &self.header.version].contains(&item.catalogue.as_str()) => None,
            Some(item) => of_pair.find(|row| row.code == item.code),
            None => of_pair.find(fits),
        };
        row.map(|row| Item { code: row.code.clone(), catalogue })
    }

    /// The name of an item.
    #[must_use]
    pub fn name(&self, code: &str) -> Option<&str> {
        self.rows.iter().find(|row| row.code == code).map(|row| row.name.as_str())
    }

    /// All rows.
    #[must_use]
    pub fn rows(&self) -> &[HandoverRow] {
        &self.rows
    }
}
