//! Calls out of rows: layouts, units, times, what is missing, what is broken.

use domain::incident::UnitStage::{self, AtHospital, Cleared, EnRoute, Issued, OnScene, Signed, Transporting};

use super::{Call, Dispatch, HeaderError, layout, plan};

/// The columns of a row a unit, in an order of their own.
const SF: &str = "Call Number,Unit ID,Call Type,Received DtTm,Entry DtTm,Dispatch DtTm,Response DtTm,On Scene DtTm,Transport DtTm,\
    Hospital DtTm,Available DtTm,Original Priority,Final Priority,Unit sequence in call dispatch,Address,Call Final Disposition";
const VABEACH: &str = "\u{feff}EMSCallNumber,BlockAddress,CallPriority,RescueSquad.Number,CallDateandTime,EntryDateandTime,\
    DispatchDateandTime,EnrouteDateandTime,OnSceneDateandTime,CloseDateandTime,X,Y";

/// A row of call `call`: its unit, the minutes of the unit's stages, and its place among the units.
fn unit(call: u32, unit: &str, stages: [&str; 4], sequence: u32) -> String {
    let at = |minute: &str| if minute.is_empty() { String::new() } else { format!("03/01/2017 09:{minute}:07 PM") };
    let [issued, response, scene, free] = stages.map(at);
    format!(
        "{call},{unit},Vehicle Fire,03/01/2017 08:59:01 PM,03/01/2017 09:00:00 PM,{issued},{response},{scene},,,{free},2,3,{sequence},9 Long Lane,Fire"
    )
}

fn open(header: &str, rows: &[String]) -> Dispatch {
    Dispatch::open(format!("{header}\n{}\n", rows.join("\n")).as_bytes()).expect("a known layout")
}

fn codes(file: &Dispatch) -> Vec<(u64, &str)> {
    file.rejections.iter().map(|rejection| (rejection.line, rejection.code.as_str())).collect()
}

fn planned(call: &Call) -> Vec<(usize, UnitStage)> {
    plan::plan(&call.units).iter().map(|planned| (planned.unit, planned.stage)).collect()
}

#[test]
fn rows_of_one_call_are_its_units_wherever_they_stand() {
    let rows = [
        unit(7, "E02", ["02", "04", "09", "30"], 2),
        unit(8, "E09", ["05", "", "", "06"], 1),
        unit(7, "T01", ["01", "05", "", "20"], 1),
    ];
    let file = open(SF, &rows);
    assert_eq!((file.rows, file.calls.len(), codes(&file)), (3, 2, vec![]));
    let call = &file.calls[0];
    let units: Vec<_> = call.units.iter().map(|unit| (unit.line, unit.name.as_str())).collect();
    assert_eq!((call.reference.as_str(), units), ("7", vec![(4, "sf/T01"), (2, "sf/E02")]), "in the file's own sequence");
    assert_eq!(call.received.map(|at| at.to_string()).as_deref(), Some("2017-03-01T20:59:01.000+08:00"));
    assert_eq!(
        planned(call),
        [(0, Issued), (1, Issued), (1, Signed), (1, EnRoute), (0, Signed), (0, EnRoute), (1, OnScene), (0, Cleared), (1, Cleared),]
    );
    let shown = format!("{call:?}");
    assert!(!shown.contains("Long Lane") && !shown.contains("Vehicle"), "{shown}");
    let told = file.told();
    assert_eq!((told.calls, told.orders), (2, 3));
    let missing: Vec<_> = told.missing.into_iter().collect();
    assert_eq!(missing, [("delivered", 3), ("en_route", 1), ("on_scene", 2), ("signed", 1)]);
}

#[test]
fn a_unit_keeps_the_order_of_a_life_whatever_its_times_say() {
    let file = open(SF, &[unit(7, "E02", ["10", "04", "02", "01"], 1)]);
    assert_eq!(planned(&file.calls[0]), [(0, Issued), (0, Signed), (0, EnRoute), (0, OnScene), (0, Cleared)]);
}

#[test]
fn a_call_is_over_with_its_last_unit_and_only_where_each_tells_it() {
    let whole = open(SF, &[unit(7, "E02", ["01", "", "", "09"], 1), unit(7, "E03", ["01", "", "", "08"], 2)]);
    assert_eq!(plan::over(&whole.calls[0].units).map(|at| at.to_string()).as_deref(), Some("2017-03-01T21:09:07.000+08:00"));
    let cut = open(SF, &[unit(7, "E02", ["01", "", "", "09"], 1), unit(7, "E03", ["01", "", "", ""], 2)]);
    assert_eq!(plan::over(&cut.calls[0].units), None);
    assert_eq!(planned(&cut.calls[0]).last(), Some(&(0, Cleared)), "an order without an end ends without a time");
}

#[test]
fn a_squad_sets_out_without_a_word_of_signing_and_a_call_without_squad_has_no_order() {
    let rows = [
        "1,100 BLOCK,1,R10,1/2/17 0:57,1/2/17 0:58,1/2/17 0:58,1/2/17 0:59,,1/2/17 2:45,0,0".to_owned(),
        "2,100 BLOCK,5,,1/2/17 0:57,1/2/17 0:58,,,,1/2/17 1:45,12.5,3".to_owned(),
    ];
    let file = open(VABEACH, &rows);
    assert_eq!(codes(&file), []);
    let [located, unlocated] = [&file.calls[1], &file.calls[0]];
    assert_eq!(planned(unlocated), [(0, Issued), (0, EnRoute), (0, Cleared)]);
    assert!(located.located && !unlocated.located, "X and Y are 0 where nothing was found");
    assert_eq!(
        (located.units.len(), located.closed.map(|at| at.to_string()).as_deref()),
        (0, Some("2017-01-02T01:45:00.000+08:00"))
    );
}

#[test]
fn priorities_map_by_rule_or_not_at_all() {
    let sf = ["E", "3", "C", "2", "B", "1", "", "X"].map(layout::SF.scale);
    assert_eq!(sf, [Some(1), Some(2), Some(2), Some(3), Some(3), Some(4), None, None]);
    assert_eq!(
        ["1", "2", "3", "5", "0", "", "x"].map(layout::VABEACH.scale),
        [Some(1), Some(2), Some(3), Some(4), None, None, None]
    );
    assert_eq!((layout::SF.category)("Vehicle Fire"), "police/fire");
}

#[test]
fn all_stages_have_their_columns() {
    let stages: Vec<_> = layout::SF.steps.iter().flat_map(|(_, stages)| stages.iter().copied()).collect();
    assert_eq!(stages, [Signed, EnRoute, OnScene, Transporting, AtHospital, Cleared]);
}

#[test]
fn what_cannot_be_read_is_named_without_its_words_and_its_call_stays_open() {
    let odd = unit(7, "E 4,4", ["01", "", "", "02"], 3).replace("E 4,4", "\"E 4\"");
    let rows = [
        unit(7, "E02", ["01", "", "", "09"], 1),
        unit(7, "E03", ["soonish", "", "", "09"], 2),
        odd,
        unit(7, "E02", ["01", "", "", "08"], 1),
        unit(7, "E02", ["01", "", "", "09"], 1),
        unit(7, "E05", ["01", "", "", "09"], 4).replace("08:59:01", "08:58:01"),
        unit(8, "E06", ["01", "", "", "09"], 1),
        ",E07".to_owned() + &unit(9, "", ["01", "", "", "09"], 1)[2..],
        "9,E08".to_owned(),
        unit(11, "13912345678", ["01", "", "", "09"], 1),
    ];
    let file = open(SF, &rows);
    let told = codes(&file);
    assert_eq!(
        told,
        [
            (3, "row.time"),
            (4, "row.word"),
            (5, "row.twice"),
            (7, "row.differs"),
            (9, "row.blank"),
            (10, "row.cells"),
            (11, "row.word")
        ]
    );
    assert!(file.rejections[0].en.contains("01/31/2017 11:47:55 PM"), "{:?}", file.rejections[0]);
    let [seven, eight] = &file.calls[..] else { panic!("{:?}", file.calls) };
    assert!(seven.broken && !eight.broken);
    assert_eq!((seven.units.len(), &seven.others[..]), (1, &[6][..]), "the same row again adds nothing");
    for words in ["E 4", "soonish", "Long Lane", "13912345678"] {
        assert!(!format!("{:?}", file.rejections).contains(words));
    }
}

#[test]
fn an_unknown_first_line_is_told_what_would_be_known() {
    let error = Dispatch::open(b"call,unit,time\n1,2,3\n").expect_err("no layout");
    let said = error.to_string();
    assert!(matches!(error, HeaderError::Unknown { .. }), "{said}");
    for words in ["Call Number", "EMSCallNumber", "On Scene DtTm", "3 others"] {
        assert!(said.contains(words), "{said}");
    }
    assert!(!said.contains("call, unit"), "{said}");
    let error = Dispatch::open(SF.replace("Response DtTm", "Answer DtTm").as_bytes()).expect_err("a column is missing");
    assert!(matches!(&error, HeaderError::Column { column: "Response DtTm", .. }), "{error}");
}
