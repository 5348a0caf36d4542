//! Requests out of rows: times, channels, departments, what is broken.

use super::{Channel, HeaderError, RequestRow, Requests, Told};

const HEADER: &str = "case_enquiry_id,open_dt,target_dt,closed_dt,case_status,closure_reason,case_title,type,queue,department,source,location,latitude";

fn row(id: &str, due: &str, closed: &str, status: &str, department: &str, source: &str) -> String {
    format!(
        "{id},2011-07-01 01:32:33,{due},{closed},{status},all done,Dark lamp,Lamps,Lamp_Queue,{department},{source},9 Long Lane,42.1"
    )
}

fn read(rows: &[String]) -> Vec<Result<RequestRow, (u64, String)>> {
    let text = format!("{HEADER}\n{}\n", rows.join("\n"));
    let requests = Requests::open(text.as_bytes()).expect("all columns are there");
    requests.rows().map(|row| row.map_err(|rejection| (rejection.line, rejection.code))).collect()
}

#[test]
fn a_row_tells_its_times_its_channel_and_who_had_it() {
    let rows = read(&[row("7", "2011-07-15 01:32:32", "2011-07-22 16:13:45", "Closed", "No Q", "Self Service")]);
    let [Ok(request)] = &rows[..] else { panic!("{rows:?}") };
    let time = |at: Option<domain::time::Time>| at.map(|at| at.to_string()).unwrap_or_default();
    assert_eq!(
        (time(request.opened), time(request.due), time(request.closed)),
        (
            "2011-07-01T01:32:33.000+08:00".to_owned(),
            "2011-07-15T01:32:32.000+08:00".to_owned(),
            "2011-07-22T16:13:45.000+08:00".to_owned()
        )
    );
    assert_eq!(
        (request.channel, request.department.as_str(), request.queue.as_str()),
        (Channel::Web, "department/no-q", "Lamp_Queue")
    );
    assert_eq!(request.address, "9 Long Lane, 42.1");
    let shown = format!("{request:?}");
    assert!(!["Long Lane", "Dark lamp", "all done"].iter().any(|words| shown.contains(words)), "{shown}");
}

#[test]
fn closed_is_what_has_a_time_or_says_so() {
    let rows = read(&[
        row("1", "", "2011-07-22 16:13:45", "Open", "PWDx", "Twitter"),
        row("2", "", "", "Closed", "PWDx", "Twitter"),
        row("3", "", "", "Open", "PWDx", "Twitter"),
    ]);
    let over: Vec<_> = rows.iter().map(|row| row.as_ref().expect("sound").over).collect();
    assert_eq!(over, [true, true, false]);
}

#[test]
fn what_the_file_tells_is_counted() {
    let text = [
        row("1", "2011-07-15 01:32:32", "2011-07-15 01:32:32", "Closed", "PWDx", "Twitter"),
        row("2", "2011-07-15 01:32:32", "2011-07-15 01:32:33", "Closed", "PWDx", "Twitter"),
        row("3", "", "2011-07-15 01:32:33", "Closed", "PWDx", "Twitter"),
        row("4", "2011-07-15 01:32:32", "", "Open", "PWDx", "Twitter"),
    ];
    let text = format!("{HEADER}\n{}\n", text.join("\n"));
    let told = Requests::open(text.as_bytes()).expect("columns").told();
    assert_eq!(told, Told { promised: 3, closed: 3, late: 1 });
}

#[test]
fn what_cannot_be_read_is_named() {
    let rows = read(&[
        row("1", "tomorrow", "", "Open", "PWDx", "Twitter"),
        row("2", "", "", "Open", "PWDx", "Pigeon"),
        row("3", "", "", "Open", "", "Twitter"),
        row("", "", "", "Open", "PWDx", "Twitter"),
        row("4", "", "", "Open", "13912345678", "Twitter"),
    ]);
    let codes: Vec<_> = rows.into_iter().map(|row| row.expect_err("each is wrong")).collect();
    let told: Vec<_> = codes.iter().map(|(line, code)| (*line, code.as_str())).collect();
    assert_eq!(told, [(2, "row.time"), (3, "row.word"), (4, "row.word"), (5, "row.blank"), (6, "row.word")]);
}

#[test]
fn a_missing_column_is_named() {
    let error = Requests::open(HEADER.replace("target_dt", "due").as_bytes()).expect_err("a column is missing");
    assert!(matches!(&error, HeaderError::Column { column: "target_dt", .. }), "{error}");
}
