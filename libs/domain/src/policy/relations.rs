//! The relation table: how two kinds of agencies hand over, and what happens when nobody answers.

use serde::Deserialize;

use super::header::{File, Header, PolicyError};
use crate::{
    id::AgencyKind,
    incident::kinds::{HandoverKind, OnLapse},
};

/// The relations in force.
#[derive(Debug, Clone)]
pub struct Relations {
    /// What the file says of itself.
    pub header: Header,
    rows: Vec<RelationRow>,
}

/// How one kind of agency hands over to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RelationRow {
    /// Who hands over.
    pub from: AgencyKind,
    /// Who receives.
    pub to: AgencyKind,
    /// An order within one command line, or a transfer.
    pub kind: HandoverKind,
    /// What a lapse does.
    pub on_lapse: OnLapse,
    /// May the receiver return it?
    pub returnable: bool,
}

#[derive(Deserialize)]
struct Body {
    relation: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    from: Kind,
    to: Kind,
    kind: HandoverKind,
    on_lapse: OnLapse,
    returnable: bool,
}

/// [`AgencyKind`] as policies write it.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Police,
    Grid,
    Hotline,
    Department,
    Organisation,
}

impl From<Kind> for AgencyKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Police => Self::Police,
            Kind::Grid => Self::Grid,
            Kind::Hotline => Self::Hotline,
            Kind::Department => Self::Department,
            Kind::Organisation => Self::Organisation,
        }
    }
}

impl Relations {
    pub(crate) fn read(file: File<'_>) -> Result<Self, PolicyError> {
        let (header, body): (_, Body) = file.parse()?;
        let mut rows: Vec<RelationRow> = Vec::new();
        for row in body.relation {
            let row = RelationRow {
                from: row.from.into(),
                to: row.to.into(),
                kind: row.kind,
                on_lapse: row.on_lapse,
                returnable: row.returnable,
            };
            let name = format!("relation {:?} to {:?}", row.from, row.to).to_lowercase();
            if rows.iter().any(|known| (known.from, known.to) == (row.from, row.to)) {
                return Err(file.wrong(name, "is given twice"));
            }
            if row.kind == HandoverKind::Order && (row.returnable || row.on_lapse != OnLapse::Raise) {
                return Err(file.wrong(
                    name,
                    "an order cannot be returned and goes up when it lapses: on_lapse = \"raise\", returnable = false",
                ));
            }
            rows.push(row);
        }
        Ok(Self { header, rows })
    }

    /// How `from` hands over to `to`; none where it may not.
    #[must_use]
    pub fn find(&self, from: AgencyKind, to: AgencyKind) -> Option<&RelationRow> {
        self.rows.iter().find(|row| (row.from, row.to) == (from, to))
    }

    /// All rows.
    #[must_use]
    pub fn rows(&self) -> &[RelationRow] {
        &self.rows
    }
}
