//! The two layouts of dispatch files: which column holds which stage, and how their scales map onto ours.

use super::super::when::Layout as Times;
use domain::incident::UnitStage;

/// A layout that a file is known by.
#[derive(Debug)]
pub(super) struct Layout {
    /// The source that its reports name.
    pub(super) source: &'static str,
    /// What units are called by, ahead of their own name.
    pub(super) units: &'static str,
    /// The call's number. A file that has this column has this layout.
    pub(super) call: &'static str,
    /// The unit's own name; a row without one tells of the call alone.
    pub(super) unit: &'static str,
    /// In which order units were sent; empty where each call has one row.
    pub(super) sequence: &'static str,
    /// What kind of call; empty where all are of one kind.
    pub(super) kind: &'static str,
    /// How it ended, in the file's words; empty where nothing is said.
    pub(super) disposition: &'static str,
    /// The call came in.
    pub(super) received: &'static str,
    /// It was entered: taken on.
    pub(super) entered: &'static str,
    /// The unit was sent.
    pub(super) issued: &'static str,
    /// What each further column says of the unit, in the order of a life. One column may tell of several.
    pub(super) steps: &'static [(&'static str, &'static [UnitStage])],
    /// The priority at first, and at last.
    pub(super) priority: [&'static str; 2],
    /// Columns of the place, kept sealed.
    pub(super) place: &'static [&'static str],
    /// Columns of coordinates that are both `0` where the place could not be located.
    pub(super) point: &'static [&'static str],
    /// More of the call, kept sealed.
    pub(super) more: &'static [&'static str],
    /// How it writes times.
    pub(super) times: Times,
    /// The file's priority on our scale, 1 (life) to 4 (routine); none where it has no meaning there.
    pub(super) scale: fn(&str) -> Option<u32>,
    /// The catalogue's code of a kind of call.
    pub(super) category: fn(&str) -> &'static str,
}

/// San Francisco's calls for service of the fire department: a row a unit.
pub(super) const SF: Layout = Layout {
    source: "dispatch-sf",
    units: "sf",
    call: "Call Number",
    unit: "Unit ID",
    sequence: "Unit sequence in call dispatch",
    kind: "Call Type",
    disposition: "Call Final Disposition",
    received: "Received DtTm",
    entered: "Entry DtTm",
    issued: "Dispatch DtTm",
    steps: &[
        // "Acknowledges the dispatch and records that the unit is en route": both, by the file's own field list.
        ("Response DtTm", &[UnitStage::Signed, UnitStage::EnRoute]),
        ("On Scene DtTm", &[UnitStage::OnScene]),
        ("Transport DtTm", &[UnitStage::Transporting]),
        ("Hospital DtTm", &[UnitStage::AtHospital]),
        ("Available DtTm", &[UnitStage::Cleared]),
    ],
    priority: ["Original Priority", "Final Priority"],
    place: &["Address", "City", "Zipcode of Incident", "Neighborhooods - Analysis Boundaries", "Location"],
    point: &[],
    more: &["Call Type Group", "Number of Alarms", "Battalion", "Station Area", "Box"],
    times: Times::MonthFirst,
    scale: sf_scale,
    category: sf_category,
};

/// Virginia Beach's emergency medical calls: a row a call, with the one squad that is told of.
pub(super) const VABEACH: Layout = Layout {
    source: "dispatch-vabeach",
    units: "vabeach",
    call: "EMSCallNumber",
    unit: "RescueSquad.Number",
    sequence: "",
    kind: "",
    disposition: "",
    received: "CallDateandTime",
    entered: "EntryDateandTime",
    issued: "DispatchDateandTime",
    steps: &[
        // Setting out is told; that the squad acknowledged its order is not.
        ("EnrouteDateandTime", &[UnitStage::EnRoute]),
        ("OnSceneDateandTime", &[UnitStage::OnScene]),
        ("CloseDateandTime", &[UnitStage::Cleared]),
    ],
    priority: ["CallPriority", "CallPriority"],
    place: &["BlockAddress", "City", "State", "Zipcode", "X", "Y"],
    point: &["X", "Y"],
    more: &[],
    times: Times::MonthFirst,
    scale: vabeach_scale,
    category: |_| "police/help",
};

/// All that are known.
pub(super) const ALL: [&Layout; 2] = [&SF, &VABEACH];

impl Layout {
    /// Columns that have to be there.
    pub(super) fn needed(&self) -> Vec<&'static str> {
        let steps = self.steps.iter().map(|(column, _)| *column);
        let named = [self.call, self.unit, self.received, self.entered, self.issued].into_iter().chain(steps);
        let mut needed: Vec<_> = named.chain(self.priority).chain([self.sequence, self.kind]).collect();
        needed.retain(|column| !column.is_empty());
        needed.dedup();
        needed
    }

    /// Columns that may be there.
    pub(super) fn also(&self) -> Vec<&'static str> {
        let more = self.place.iter().chain(self.point).chain(self.more).copied();
        more.chain([self.disposition]).filter(|column| !column.is_empty()).collect()
    }
}

/// Code 3 is an emergency, code 2 is none. Letters are those of medical dispatch: E is danger to life, C and D go out as
/// code 3, A and B as code 2.
fn sf_scale(given: &str) -> Option<u32> {
    match given {
        "E" => Some(1),
        "3" | "C" | "D" => Some(2),
        "2" | "A" | "B" => Some(3),
        "1" => Some(4),
        _ => None,
    }
}

/// 1 to 3 mean what ours mean; what lies below 3 is routine.
fn vabeach_scale(given: &str) -> Option<u32> {
    match given.parse().ok()? {
        number @ 1..=3 => Some(number),
        4..=9 => Some(4),
        _ => None,
    }
}

fn sf_category(kind: &str) -> &'static str {
    match kind {
        "Medical Incident" | "Water Rescue" | "Citizen Assist / Service Call" => "police/help",
        "Traffic Collision" => "police/traffic",
        kind if kind.ends_with("Fire") => "police/fire",
        _ => "police/other",
    }
}
