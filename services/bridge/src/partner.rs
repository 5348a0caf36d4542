//! The partners: whose system it is, and what it is called.

use domain::id::Agency;

/// A system of another agency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Partner {
    /// The 110 system of the police.
    Police110,
    /// The grid platform.
    GridPlatform,
}

impl Partner {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Police110, Self::GridPlatform];

    /// What it is called: in settings, in certificates, as the source of its reports, in its files' names.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Police110 => "police110",
            Self::GridPlatform => "gridplatform",
        }
    }

    /// The name of the agency whose system it is.
    #[must_use]
    pub const fn agency_name(self) -> &'static str {
        match self {
            Self::Police110 => "police",
            Self::GridPlatform => "grid",
        }
    }

    /// What numbers of its people begin with.
    pub(crate) const fn letter(self) -> char {
        match self {
            Self::Police110 => 'p',
            Self::GridPlatform => 'g',
        }
    }

    /// Whose system it is.
    #[must_use]
    pub fn agency(self) -> Agency {
        match self {
            Self::Police110 => Agency::police(),
            Self::GridPlatform => Agency::grid(),
        }
    }

    /// The one that is called so.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|partner| partner.name() == name)
    }

    /// The one of this agency.
    #[must_use]
    pub fn of(agency: &Agency) -> Option<Self> {
        Self::ALL.into_iter().find(|partner| partner.agency() == *agency)
    }
}
