//! A frame of every kind, as a partner may send it, alone, in a batch, and in a signed file.

use std::collections::HashMap;

use bridge::ferry::Signer;
use wire::{
    Message as _,
    v1::{self, Batch, PartnerFrame, partner_frame as frame, partner_frame::Body},
};

const INCIDENT: &str = "00000000-0000-0000-0000-000000000001";
const OTHER: &str = "00000000-0000-0000-0000-000000000002";

fn text(text: &str) -> String {
    text.to_owned()
}

fn why(code: &str, args: &[(&str, &str)]) -> Option<v1::Reason> {
    let args: HashMap<_, _> = args.iter().map(|(name, value)| (text(name), text(value))).collect();
    Some(v1::Reason { code: text(code), args: args.into_iter().collect() })
}

fn report() -> frame::Report {
    frame::Report {
        source: text("police110"),
        reference: text("J-20260708-0007"),
        channel: v1::Channel::Phone.into(),
        title: text("路灯"),
        text: text("张三说泰山街道路灯不亮，电话13812345678"),
        reporter: Some(v1::Reporter { name: text("张三"), phone: text("13812345678"), id_number: String::new() }),
        address: text("江浦街道1号"),
        point: Some(v1::Point { lon_e7: 1_186_200_000, lat_e7: 320_600_000, datum: v1::Datum::Wgs84.into() }),
        area: text("320111004001"),
        category: text("police/help"),
        priority: 3,
        flags: vec![1, 5],
        ..frame::Report::default()
    }
}

fn bodies() -> Vec<(&'static str, Body)> {
    let order = |step: v1::OrderStep| frame::Order {
        step: step.into(),
        unit: text("police/car-3"),
        category: text("police/help"),
        priority: 2,
        ..frame::Order::default()
    };
    let transfer = |step: v1::TransferStep, number| frame::Transfer {
        step: step.into(),
        transfer: number,
        lead: true,
        from: text("police"),
        to: text("grid"),
        ..frame::Transfer::default()
    };
    let cannot = frame::Order { order: 1, reason: why("cannot.busy", &[]), ..order(v1::OrderStep::Cannot) };
    let offered = frame::Transfer { reason: why("transfer.duty", &[]), ..transfer(v1::TransferStep::Offered, 0) };
    let assist = frame::Transfer { lead: false, task: text("task/handle"), ..offered.clone() };
    let returned = frame::Transfer {
        reason: why("return.other_agency", &[("agency", "department/water")]),
        ..transfer(v1::TransferStep::Returned, 2)
    };
    let supplement = frame::Supplement { source: text("police110"), reference: text("J-7"), text: text("又不亮了") };
    let split = frame::Split {
        category: text("police/help"),
        priority: 3,
        reason: why("split.second_matter", &[]),
        ..frame::Split::default()
    };
    let linked = frame::Linked { from: text(INCIDENT), into: text(OTHER), reason: why("link.same_matter", &[]) };
    let asked = frame::FollowUpDone {
        source: text("police110"),
        reference: text("J-7"),
        reached: true,
        contacted: Some(true),
        solved: Some(true),
        satisfaction: 1,
        words: text("好"),
    };
    let progress = frame::Progress { step: v1::ProgressStep::OnScene.into(), part: 1, order: 1, unit: text("police/car-3") };
    let finished = frame::Finished { part: 1, category: text("police/help"), outcome: 1, words: text("已修") };
    vec![
        ("report", Body::Report(report())),
        ("supplement", Body::Supplement(supplement)),
        ("split", Body::Split(split)),
        ("withdrawn", Body::Withdrawn(frame::Withdrawn { reason: why("withdraw.reporter", &[]) })),
        ("accepted", Body::Accepted(frame::Accepted { category: text("police/help"), priority: 2 })),
        ("order-issued", Body::Order(order(v1::OrderStep::Issued))),
        ("order-signed", Body::Order(frame::Order { order: 1, ..order(v1::OrderStep::Signed) })),
        ("order-cannot", Body::Order(cannot)),
        ("transfer-offered", Body::Transfer(offered)),
        ("transfer-assist", Body::Transfer(assist)),
        ("transfer-accepted", Body::Transfer(transfer(v1::TransferStep::Accepted, 2))),
        ("transfer-returned", Body::Transfer(returned)),
        ("progress", Body::Progress(progress)),
        ("finished", Body::Finished(finished)),
        ("recalled", Body::Recalled(frame::Recalled { agency: text("police"), reason: why("recall.unhandled", &[]) })),
        ("category", Body::CategoryCorrected(frame::CategoryCorrected { category: text("police/traffic") })),
        ("note", Body::Note(frame::Note { words: text("备注") })),
        ("linked", Body::Linked(linked)),
        ("checked", Body::Checked(frame::Checked { passed: true, reason: why("check.passed", &[]) })),
        ("told", Body::Told(frame::Told { source: text("police110"), reference: text("J-7"), words: text("已答复") })),
        ("follow-up", Body::FollowUpDone(asked)),
        ("closed", Body::Closed(frame::Closed {})),
        ("alert", Body::Alert(frame::Alert { flags: vec![1, 2, 7], class: 2 })),
        ("self-handled", Body::SelfHandled(frame::SelfHandled { unit: text("grid/worker-1"), category: text("city/01001") })),
        ("look", Body::Look(frame::Look { check: true })),
    ]
}

fn framed(number: u64, body: Body) -> PartnerFrame {
    let form = |form: v1::Form, number: &str| v1::FormNumber { form: form.into(), number: text(number), part: 0 };
    PartnerFrame {
        number,
        previous: number - 1,
        incident_id: text(INCIDENT),
        numbers: vec![form(v1::Form::Intake, "J-7"), form(v1::Form::Dispatch, "C-8")],
        occurred: Some(wire::time::timestamp(super::AT)),
        basis: v1::Basis::Device.into(),
        person: text("p0231"),
        item: Some(v1::Item { code: text("PG-01"), catalogue: text("handovers/2026.3") }),
        body: Some(body),
        ..PartnerFrame::default()
    }
}

/// Each frame, and the first three of them as a batch and as a file.
pub(super) fn seeds() -> Vec<(String, Vec<u8>)> {
    let frames: Vec<_> = (1..).zip(bodies()).map(|(number, (name, body))| (name, framed(number, body))).collect();
    let batch = Batch {
        from: text("police110"),
        to: text("hub"),
        district: text("320111"),
        number: 1,
        committed: 3,
        frames: frames.iter().take(3).map(|(_, frame)| frame.clone()).collect(),
        ..Batch::default()
    };
    let signer = Signer::from_hex(crate::partner::SEED).expect("a seed");
    let files = [("batch", batch.encode_to_vec()), ("signed", signer.sign(&batch).encode_to_vec())];
    let alone = frames.iter().map(|(name, frame)| (*name, frame.encode_to_vec()));
    alone.chain(files).map(|(name, bytes)| (name.to_owned(), bytes)).collect()
}
