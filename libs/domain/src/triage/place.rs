//! The place of a matter: from what the source gave, from the point, from names in the text. In this order; a deeper
//! area refines a wider one that holds it and never contradicts it.

use super::Input;
use crate::{
    area::{Areas, Level, Place},
    reason::{Reason, ReasonCode},
};

pub(super) fn locate(input: &Input<'_>, areas: &Areas) -> (Place, Vec<Reason>) {
    let mut place = Place { area: areas.district() };
    let mut reasons = Vec::new();
    // A code that is not in the table is not a place of this district.
    if let Some(given) =
        input.place.filter(|given| areas.get(given.area).is_some() && place.area.contains(given.area) && given.area != place.area)
    {
        place.area = given.area;
        reasons.push(Reason::new(ReasonCode::TriageAreaGiven, [("area", &given.area.to_string())]));
    }
    if let Some(point) = input.point {
        if areas.within(point.lon_e7, point.lat_e7) == Some(false) {
            reasons.push(Reason::new(ReasonCode::TriageOutsideDistrict, []));
        }
        if let Some(grid) = areas.grid_at(point.lon_e7, point.lat_e7) {
            let code = if place.area.contains(grid) {
                place.area = grid;
                ReasonCode::TriageAreaPoint
            } else {
                // Somebody said where it is: a map that says otherwise is a question, not an answer.
                ReasonCode::TriageAreaDiffers
            };
            reasons.push(Reason::new(code, [("area", &grid.to_string())]));
        }
    }
    if place.area.level() < Level::Community {
        by_name(input, areas, &mut place, &mut reasons);
    }
    (place, reasons)
}

fn by_name(input: &Input<'_>, areas: &Areas, place: &mut Place, reasons: &mut Vec<Reason>) {
    let mut named = areas.named_in(input.title);
    for other in areas.named_in(input.text) {
        if !named.iter().any(|known| known.code == other.code) {
            named.push(other);
        }
    }
    for outside in &named {
        if let Some(run_by) = &outside.run_by {
            reasons.push(Reason::new(ReasonCode::TriageAreaOutside, [("name", &outside.name), ("run_by", run_by)]));
        }
    }
    let inside = named.iter().filter(|found| found.run_by.is_none() && place.area.contains(found.code));
    // An area that holds another named one only says where that lies.
    let deepest: Vec<_> =
        inside.clone().filter(|wide| !inside.clone().any(|deep| deep.code != wide.code && wide.code.contains(deep.code))).collect();
    let Some(first) = deepest.first() else { return };
    let mut common = first.code;
    while let Some(parent) = common.parent().filter(|_| !deepest.iter().all(|found| common.contains(found.code))) {
        common = parent;
    }
    reasons.extend(deepest.iter().map(|found| Reason::new(ReasonCode::TriageAreaNamed, [("name", &found.name)])));
    if deepest.len() > 1 {
        reasons.push(Reason::new(ReasonCode::TriageAreaSeveral, [("area", &common.to_string())]));
    }
    place.area = common;
}
