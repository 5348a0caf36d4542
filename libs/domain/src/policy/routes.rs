//! Routes: who leads and who assists, by category, flag, priority and word. The first route that fits decides.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::{
    catalogue::Catalogue,
    header::{File, Header, PolicyError},
};
use crate::{
    id::{Agency, MatterCode},
    incident::{
        NewPart,
        kinds::{Flag, Priority},
    },
};

/// The routes in force.
#[derive(Debug, Clone)]
pub struct Routes {
    /// What the file says of itself.
    pub header: Header,
    routes: Vec<Route>,
}

/// One route: when it applies and whom it asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Its name in reasons.
    pub id: String,
    /// Applies when the category's code begins with one of these; any when empty.
    pub categories: Vec<String>,
    /// Applies when one of these flags is set; any when empty.
    pub flags: Vec<Flag>,
    /// Applies when one of these words is in the text; any when empty.
    pub words: Vec<String>,
    /// Applies to these priorities; all when empty.
    pub priorities: Vec<Priority>,
    /// Applies to reports of these agencies; of all when empty.
    pub sources: Vec<Agency>,
    /// Who answers for the incident.
    pub lead: Agency,
    /// Who is asked for what; the lead's own part first.
    pub parts: Vec<NewPart>,
}

/// What is known of a matter when its route is looked for.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The category, where one was found.
    pub category: Option<&'a MatterCode>,
    /// Flags.
    pub flags: &'a BTreeSet<Flag>,
    /// Words of the policies that the text holds.
    pub words: &'a [&'a str],
    /// The priority.
    pub priority: Priority,
    /// Whose report it is.
    pub source: &'a Agency,
}

#[derive(Deserialize)]
struct Body {
    route: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    #[serde(default)]
    categories: Vec<String>,
    #[serde(default)]
    flags: Vec<Flag>,
    #[serde(default)]
    words: Vec<String>,
    #[serde(default)]
    priorities: Vec<Priority>,
    #[serde(default)]
    sources: Vec<Agency>,
    lead: Agency,
    #[serde(default)]
    assist: Vec<Assist>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Assist {
    agency: Agency,
    mandatory: bool,
    task: String,
}

impl Routes {
    pub(crate) fn read(file: File<'_>, catalogue: &Catalogue) -> Result<Self, PolicyError> {
        let (header, body): (_, Body) = file.parse()?;
        let mut routes: Vec<Route> = Vec::new();
        let handle = catalogue.known(file, "route", "task/handle")?;
        for row in body.route {
            if routes.iter().any(|known| known.id == row.id) {
                return Err(file.wrong(row.id, "is given twice"));
            }
            for prefix in &row.categories {
                catalogue.covers(file, &row.id, prefix)?;
            }
            if let Some(last) = routes.last().filter(|last| last.open()) {
                return Err(file.wrong(row.id, format!("never applies: `{}` before it takes every case", last.id)));
            }
            let mut parts = vec![NewPart { agency: row.lead.clone(), mandatory: true, task: Some(handle.clone()) }];
            for assist in row.assist {
                let task = catalogue.known(file, &row.id, &assist.task)?;
                if parts.iter().any(|part| part.agency == assist.agency) {
                    return Err(file.wrong(row.id, format!("asks {} twice", assist.agency)));
                }
                parts.push(NewPart { agency: assist.agency, mandatory: assist.mandatory, task: Some(task) });
            }
            let Row { id, categories, flags, words, priorities, sources, lead, .. } = row;
            routes.push(Route { id, categories, flags, words, priorities, sources, lead, parts });
        }
        if !routes.last().is_some_and(Route::open) {
            return Err(
                file.wrong("the last route", "must apply to every case: give it no condition, so that nothing is without a route")
            );
        }
        Ok(Self { header, routes })
    }

    /// The route that decides. There always is one: the last applies to every case.
    #[must_use]
    pub fn find(&self, case: Case<'_>) -> Option<&Route> {
        self.routes.iter().find(|route| route.fits(case))
    }

    /// All routes, in the order in which they are asked.
    #[must_use]
    pub fn all(&self) -> &[Route] {
        &self.routes
    }
}

impl Route {
    /// Does it take every case?
    fn open(&self) -> bool {
        self.categories.is_empty()
            && self.flags.is_empty()
            && self.words.is_empty()
            && self.priorities.is_empty()
            && self.sources.is_empty()
    }

    fn fits(&self, case: Case<'_>) -> bool {
        let begins = |code: &MatterCode| self.categories.iter().any(|prefix| code.as_str().starts_with(prefix.as_str()));
        (self.categories.is_empty() || case.category.is_some_and(begins))
            && (self.flags.is_empty() || self.flags.iter().any(|flag| case.flags.contains(flag)))
            && (self.sources.is_empty() || self.sources.contains(case.source))
            && (self.priorities.is_empty() || self.priorities.contains(&case.priority))
            && (self.words.is_empty() || self.words.iter().any(|word| case.words.contains(&word.as_str())))
    }
}
