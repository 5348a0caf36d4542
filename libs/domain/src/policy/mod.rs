//! Policies: dated, versioned data that the rules read. Numbers and words of practice live here, never in code.
//!
//! Parses text that somebody else read from disk. A gap, a wrong word or a row that can never apply stops the
//! start with file, line and reason; after that no rule can miss a number. What is in force is named in every
//! record ([`Policies::versions`]). Rows come from `deploy/policy`, whose README says what each file means.

pub mod adopted;
mod book;
pub mod calendar;
pub mod catalogue;
pub mod handovers;
pub mod header;
pub mod keywords;
pub mod leave;
pub mod limits;
pub mod police_areas;
pub mod relations;
pub mod routes;
pub mod satisfaction;
pub mod tiers;

pub use calendar::Calendar;
pub use catalogue::Catalogue;
pub use handovers::Handovers;
pub use header::{Header, PolicyError};
pub use keywords::Keywords;
pub use leave::Leave;
pub use limits::Limits;
pub use police_areas::PoliceAreas;
pub use relations::Relations;
pub use routes::Routes;
pub use satisfaction::SatisfactionRule;
pub use tiers::TierRule;

use crate::triage::Vocabulary;

/// The policies in force, read and checked together.
#[derive(Debug)]
pub struct Policies {
    /// Holidays, made-up work days and working hours.
    pub calendar: Calendar,
    /// The matters that a category can name.
    pub catalogue: Catalogue,
    /// What may be handed over, item by item.
    pub handovers: Handovers,
    /// Words that suggest category, flag, class and priority.
    pub keywords: Keywords,
    /// What may be asked for of time, and how much.
    pub leave: Leave,
    /// Time limits.
    pub limits: Limits,
    /// How two kinds of agencies hand over.
    pub relations: Relations,
    /// Who leads and who assists.
    pub routes: Routes,
    /// How the five levels are counted.
    pub satisfaction: SatisfactionRule,
    /// Reminders and claims.
    pub tiers: TierRule,
    /// Police stations and beats over the areas.
    pub police_areas: PoliceAreas,
    vocabulary: Vocabulary,
    versions: String,
}

/// The sample files that come with the product, by the `name` in their header.
pub const SAMPLE: [(&str, &str); 11] = [
    ("calendar-2018-2026.toml", include_str!("../../../../deploy/policy/calendar-2018-2026.toml")),
    ("catalogue.toml", include_str!("../../../../deploy/policy/catalogue.toml")),
    ("handovers.toml", include_str!("../../../../deploy/policy/handovers.toml")),
    ("keywords.toml", include_str!("../../../../deploy/policy/keywords.toml")),
    ("limits.toml", include_str!("../../../../deploy/policy/limits.toml")),
    ("relations.toml", include_str!("../../../../deploy/policy/relations.toml")),
    ("routes.toml", include_str!("../../../../deploy/policy/routes.toml")),
    ("satisfaction.toml", include_str!("../../../../deploy/policy/satisfaction.toml")),
    ("tiers.toml", include_str!("../../../../deploy/policy/tiers.toml")),
    ("police-areas-320111.toml", include_str!("../../../../deploy/policy/police-areas-320111.toml")),
    ("leave.toml", include_str!("../../../../deploy/policy/leave.toml")),
];

impl Policies {
    /// Reads all policies from `(file name, text)` pairs; the header's `name` says which policy a file holds, the
    /// file name only stands in error messages. Files of other names (areas) are left to their own readers.
    ///
    /// # Errors
    /// The first thing wrong: unreadable text, a policy missing or given twice, a code that the catalogue does not know.
    pub fn from_files(files: &[(&str, &str)]) -> Result<Self, PolicyError> {
        let found = header::Found::new(files)?;
        let calendar = Calendar::read(found.one("calendar")?)?;
        let catalogue = Catalogue::read(found.one("catalogue")?)?;
        let handovers = Handovers::read(found.one("handovers")?, &catalogue)?;
        let keywords = Keywords::read(found.one("keywords")?, &catalogue)?;
        let limits = Limits::read(found.one("limits")?, &catalogue)?;
        let relations = Relations::read(found.one("relations")?)?;
        let routes = Routes::read(found.one("routes")?, &catalogue)?;
        let satisfaction = SatisfactionRule::read(found.one("satisfaction")?)?;
        let tiers = TierRule::read(found.one("tiers")?)?;
        let police_areas = PoliceAreas::read(found.one("police-areas")?)?;
        let leave = Leave::read(found.one("leave")?)?;
        let vocabulary = Vocabulary::build(&keywords, &catalogue, &routes);
        let versions = String::new();
        // A condition that no report can show would never apply.
        for (row, word) in limits.rows().iter().flat_map(|row| row.condition.iter().map(move |word| (row, word))) {
            if !vocabulary.has(word) {
                let reason = format!("condition \"{word}\" is no word of keywords or catalogue: no report would ever show it");
                return Err(found.one("limits")?.wrong(format!("limit of {} for {}", row.clock, row.category), reason));
            }
        }
        let mut read = Self {
            calendar,
            catalogue,
            handovers,
            keywords,
            limits,
            relations,
            routes,
            satisfaction,
            tiers,
            police_areas,
            leave,
            vocabulary,
            versions,
        };
        let versions: Vec<_> = read.headers().iter().map(|header| format!("{}/{}", header.name, header.version)).collect();
        read.versions = versions.join(" ");
        Ok(read)
    }

    /// What each policy says of itself, in the order in which versions name them.
    #[must_use]
    pub fn headers(&self) -> [&Header; 11] {
        let Self {
            calendar,
            catalogue,
            handovers,
            keywords,
            limits,
            relations,
            routes,
            satisfaction,
            tiers,
            police_areas,
            leave,
            ..
        } = self;
        [
            &calendar.header,
            &catalogue.header,
            &handovers.header,
            &keywords.header,
            &limits.header,
            &relations.header,
            &routes.header,
            &satisfaction.header,
            &tiers.header,
            &police_areas.header,
            &leave.header,
        ]
    }

    /// The sample policies that come with the product, so that it runs alone. They say of themselves that they are samples.
    ///
    /// # Panics
    /// Never in a build whose tests passed: the files are compiled in, and a test reads them.
    #[must_use]
    pub fn sample() -> Self {
        #[expect(clippy::panic, reason = "the files are part of the build; a test reads them")]
        Self::from_files(&SAMPLE).unwrap_or_else(|wrong| panic!("{wrong}"))
    }

    /// Names and versions of all policies in force: `calendar/2026.1 catalogue/2026.1 …`, always in this order.
    #[must_use]
    pub fn versions(&self) -> &str {
        &self.versions
    }

    /// Is this a word of the policies themselves, and so nobody's?
    #[must_use]
    pub fn says(&self, word: &str) -> bool {
        self.vocabulary.has(word)
    }

    /// All words of the policies, ready to be looked for.
    pub(crate) const fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }
}

#[cfg(test)]
mod tests;
