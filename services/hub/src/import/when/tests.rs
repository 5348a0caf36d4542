//! Times as files write them.

use super::{month_first, read, shape};

#[test]
fn the_layouts_of_the_files_are_read_as_the_districts_wall_clock() {
    for (text, written) in [
        ("2020/1/6 12:09:38", "2020-01-06T12:09:38.000+08:00"),
        ("2018/12/31 9:55:00", "2018-12-31T09:55:00.000+08:00"),
        ("2020-01-06 12:09:38", "2020-01-06T12:09:38.000+08:00"),
        ("2020-01-06T12:09", "2020-01-06T12:09:00.000+08:00"),
        (" 2020/1/6  8:05 ", "2020-01-06T08:05:00.000+08:00"),
        ("2020.2.29", "2020-02-29T00:00:00.000+08:00"),
    ] {
        assert_eq!(read(text).map(|time| time.to_string()).as_deref(), Some(written), "{text}");
    }
}

#[test]
fn what_is_no_time_is_not_guessed() {
    for text in [
        "",
        "昨天",
        "2019/2/29 10:00:00",
        "2020/13/1",
        "2020/1/6 24:00:00",
        "2020/1/6 12:60",
        "20200106",
        "6/1/2020 12:00",
        "1969/12/31",
        "2020/1/6 12",
        "43836.5",
        "2020/1/6 -1:00",
    ] {
        assert_eq!(read(text), None, "{text}");
    }
}

#[test]
fn a_shape_tells_none_of_the_text() {
    assert_eq!(shape("2020年1月6日"), "9999字9字9字");
    assert_eq!(shape("Zhang 138 0013"), "aaaaa 999 9999");
    assert_eq!(shape(&"9".repeat(30)), format!("{}…", "9".repeat(24)));
}

#[test]
fn month_first_is_read_with_halves_of_the_day_or_without() {
    for (text, written) in [
        ("01/31/2017 11:47:55 PM", "2017-01-31T23:47:55.000+08:00"),
        ("01/01/2017 12:00:05 AM", "2017-01-01T00:00:05.000+08:00"),
        ("1/1/2017 12:30 PM", "2017-01-01T12:30:00.000+08:00"),
        ("1/2/17 0:57", "2017-01-02T00:57:00.000+08:00"),
        ("12/31/18 23:59:59", "2018-12-31T23:59:59.000+08:00"),
    ] {
        assert_eq!(month_first(text).map(|time| time.to_string()).as_deref(), Some(written), "{text}");
        assert_eq!(read(text), None, "{text} does not begin with a year");
    }
    for text in [
        "",
        "31/1/2017 1:00",
        "1/1/017 1:00",
        "1/1/2017",
        "1/1/2017 13:00 PM",
        "1/1/2017 0:30 AM",
        "1/1/2017 1:00 PM x",
        "2017/1/1 1:00",
    ] {
        assert_eq!(month_first(text), None, "{text}");
    }
}
