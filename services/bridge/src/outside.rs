//! The pure way in of a partner's frame, for the tests of bytes from outside (`tests/outside`). Nothing of the product calls it.

use domain::{
    incident::{Command, Incident},
    policy::Catalogue,
};
use wire::v1;

use crate::{
    inbound::{self, Asked, Prepared},
    inbox::MOST_FRAME,
    partner::Partner,
};

/// Most bytes of a frame that is looked at.
pub const MOST: usize = MOST_FRAME;

/// The commands that a frame asks for, or the code of what is wrong with it. No words are sealed here: a frame that lives
/// by them alone, a report, asks for nothing.
///
/// # Errors
/// The stable code of what is wrong.
pub fn asked(
    partner: Partner,
    frame: &v1::PartnerFrame,
    incident: &Incident,
    catalogue: &Catalogue,
) -> Result<Vec<(usize, Command)>, &'static str> {
    inbound::incident_of(partner, frame).map_err(inbound::Wrong::code)?;
    let other = inbound::other_of(frame, &format!("frame/{}/{}", partner.name(), frame.number)).map_err(inbound::Wrong::code)?;
    let prepared = Prepared::default();
    inbound::steps(&Asked { partner, frame, prepared: &prepared, other, catalogue }, incident).map_err(inbound::Wrong::code)
}
