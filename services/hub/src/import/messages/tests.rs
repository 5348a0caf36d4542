//! Columns and rows of files of messages.

use super::{Messages, MessagesError};

const HEADER: &str = "留言编号,留言用户,留言主题,留言时间,留言详情";

#[test]
fn columns_stand_in_any_order_and_unknown_ones_are_ignored() {
    let text = "备注,答复时间,留言详情,留言时间,答复意见,留言主题,留言用户,一级分类,留言编号\n无,2020/2/1 8:00:00,\" 路灯不亮 \",2020/1/6 12:09:38,已修,路灯,U1,城乡建设,7\n";
    let messages = Messages::open(text.as_bytes()).expect("all columns are there");
    let [Ok(message)] = &messages.rows().collect::<Vec<_>>()[..] else { panic!("one row") };
    assert_eq!((message.reference.as_str(), message.reporter.as_str(), message.title.as_str()), ("7", "U1", "路灯"));
    assert_eq!((message.text.as_str(), message.label.as_deref()), ("路灯不亮", Some("城乡建设")));
    assert_eq!(message.at.to_string(), "2020-01-06T12:09:38.000+08:00");
    let reply = message.reply.as_ref().expect("there is an answer");
    assert_eq!(
        (reply.words.as_str(), reply.at.map(|at| at.to_string()).as_deref()),
        ("已修", Some("2020-02-01T08:00:00.000+08:00"))
    );
    let shown = format!("{message:?} {reply:?}");
    assert!(!shown.contains("路灯") && !shown.contains("U1") && !shown.contains("已修"), "{shown}");
}

#[test]
fn a_missing_column_is_named_with_what_is_there() {
    let error = Messages::open("留言编号,留言用户,留言主题,时间,留言详情\n".as_bytes()).expect_err("a column is missing");
    let MessagesError::Column { column, found } = &error else { panic!("{error}") };
    assert_eq!((*column, found.as_str()), ("留言时间", "留言编号, 留言用户, 留言主题, 时间, 留言详情"));
    assert!(
        error.to_string().contains("缺少列“留言时间”") && error.to_string().contains("the column 留言时间 is missing"),
        "{error}"
    );
}

#[test]
fn a_first_line_that_names_no_columns_is_not_said_again() {
    let line = "7,王建国,13912345678,2020/1/6,邻居李四天天打孩子,留言编号\n";
    let error = Messages::open(line.as_bytes()).expect_err("no columns").to_string();
    for words in ["13912345678", "王建国", "李四"] {
        assert!(!error.contains(words), "{error}");
    }
    assert!(error.contains("留言编号") && error.contains("5 others"), "{error}");
}

#[test]
fn an_empty_answer_is_none_and_an_answer_without_time_has_none() {
    let text = format!("{HEADER},答复意见,答复时间\n1,U,主题,2020/1/6,详情,,2020/1/7\n2,U,主题,2020/1/6,详情,已办,\n");
    let messages = Messages::open(text.as_bytes()).expect("columns");
    let rows: Vec<_> = messages.rows().map(|row| row.expect("sound")).collect();
    assert!(rows[0].reply.is_none());
    assert!(rows[1].reply.as_ref().is_some_and(|reply| reply.at.is_none()));
}

#[test]
fn what_cannot_be_read_is_named_by_line_and_column_without_its_text() {
    let mut bytes = format!("{HEADER}\n1,U,主题,某年13812345678,详情\n2,U,主题,2020/1/6,").into_bytes();
    bytes.extend_from_slice(b"\xc2\xb7\xb5\xc6\n3,U,,2020/1/6,\n13812345678,U,a,b,c\n");
    let messages = Messages::open(&bytes).expect("columns");
    let rejections: Vec<_> = messages.rows().map(|row| row.expect_err("each is wrong")).collect();
    let told: Vec<_> = rejections.iter().map(|r| (r.line, r.reference.as_str(), r.code.as_str())).collect();
    assert_eq!(told, [(2, "1", "row.time"), (3, "2", "row.encoding"), (4, "3", "row.empty"), (5, "", "row.time")]);
    assert!(
        rejections[0].zh.contains("第2行“留言时间”列") && rejections[0].en.contains("line 2, column 留言时间"),
        "{rejections:?}"
    );
    assert!(rejections[0].zh.contains("字字99999999999"), "{rejections:?}");
    assert!(rejections[1].en.contains("line 3, column 留言详情"), "{rejections:?}");
    assert!(!format!("{rejections:?}").contains("13812345678"));
}
