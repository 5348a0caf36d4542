//! Turns `proto/` into Rust types and a descriptor set, with no `protoc` to install.

use std::{env, error::Error, ffi::OsStr, fs, path::Path};

use prost::Message as _;

/// Messages that carry a person's words, names or a secret: their `Debug` is written by hand in
/// `src/hidden.rs` and shows none of it. A name here without its hand-written twin does not compile.
const HIDDEN: &[&str] = &[
    "hub.v1.ReportRequest",
    "hub.v1.Reporter",
    "hub.v1.Point",
    "hub.v1.RevealAnswer",
    "hub.v1.IntakeActRequest.Answer",
    "hub.v1.TriageActRequest.Decline",
    "hub.v1.TriageActRequest.CannotOrder",
    "hub.v1.TriageActRequest.ReturnTransfer",
    "hub.v1.TriageActRequest.Finish",
    "hub.v1.FeedbackActRequest.Tell",
    "hub.v1.FeedbackActRequest.FollowUp",
    "hub.v1.FeedbackActRequest.Record",
    "hub.v1.AdoptPolicyRequest",
    "hub.v1.AddSeatAnswer",
    "hub.v1.ResetSeatAnswer",
    "hub.v1.TriageActRequest.Note",
    "hub.v1.TriageActRequest.InformUpward",
    "hub.v1.TriageActRequest.Escalate",
    "hub.v1.TriageActRequest.ReturnTier",
    "hub.v1.TriageActRequest.ReplySupervision",
    "hub.v1.TriageActRequest.EndConference",
    "hub.v1.TriageActRequest.AskExtension",
    "hub.v1.TriageActRequest.AskSuspension",
    "hub.v1.TriageActRequest.AskAppeal",
    "hub.v1.TriageActRequest.GrantRequest",
    "hub.v1.TriageActRequest.DateTold",
    "hub.v1.TriageActRequest.RefuseRequest",
    "hub.v1.TriageActRequest.ContactReporter",
    "hub.v1.TriageActRequest.GiveFeedback",
    "hub.v1.PartnerFrame.Report",
    "hub.v1.PartnerFrame.Supplement",
    "hub.v1.PartnerFrame.Order",
    "hub.v1.PartnerFrame.Transfer",
    "hub.v1.PartnerFrame.Finished",
    "hub.v1.PartnerFrame.FormAmended",
    "hub.v1.PartnerFrame.Note",
    "hub.v1.PartnerFrame.Told",
    "hub.v1.PartnerFrame.FollowUpDone",
    "hub.v1.SignedBatch",
];

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../proto");
    println!("cargo::rerun-if-changed={}", root.join("hub").display());

    let mut files: Vec<_> = fs::read_dir(root.join("hub/v1"))?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
    files.retain(|path| path.extension() == Some(OsStr::new("proto")));
    files.sort(); // the order of a directory differs between machines; the descriptor set must not

    let descriptors = protox::compile(&files, [&root])?;
    fs::write(Path::new(&env::var("OUT_DIR")?).join("descriptors.binpb"), descriptors.encode_to_vec())?;

    tonic_prost_build::configure()
        .btree_map(".") // the same order on every machine
        .bytes(".hub.v1.Fact.record") // record bytes go through untouched and uncopied
        .skip_debug(HIDDEN)
        .compile_fds(descriptors)?;
    Ok(())
}
