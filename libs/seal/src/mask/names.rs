//! Personal names: after a word that announces one, or before a title or a verb of telling.

use std::sync::LazyLock;

use super::{
    Found, Kind,
    glyphs::{Glyphs, Words},
    surnames::{is_word, surname},
};

/// A form's label: what follows is a name even without a known surname.
static LABELS: LazyLock<Words> =
    LazyLock::new(|| Words::of(&["联系人姓名", "联系人", "联络人", "姓名", "收件人", "真实姓名", "负责人"]));
/// Words that announce a person's own name: it may begin like another word (叶子轩).
static SURE_CUES: LazyLock<Words> = LazyLock::new(|| Words::of(&["我叫", "名叫", "名为", "叫做", "本人", "我是"]));
/// Words before a name in running text.
static CUES: LazyLock<Words> = LazyLock::new(|| {
    Words::of(&[
        "我叫",
        "名叫",
        "名为",
        "本人",
        "我是",
        "叫做",
        "叫",
        "反映人",
        "报警人",
        "投诉人",
        "举报人",
        "求助人",
        "当事人",
        "申请人",
        "诉求人",
        "来电人",
        "被投诉人",
        "被举报人",
        "嫌疑人",
        "受害人",
        "被害人",
        "业主",
        "邻居",
        "户主",
        "房东",
        "租客",
        "租户",
        "住户",
        "居民",
        "村民",
        "市民",
        "群众",
        "老人",
        "伤者",
        "死者",
        "男子",
        "女子",
        "司机",
        "车主",
        "老板",
        "网格员",
        "民警",
        "对方",
        "家属",
        "监护人",
        "孩子",
        "儿子",
        "女儿",
        "父亲",
        "母亲",
        "丈夫",
        "妻子",
        "老公",
        "老婆",
        "爱人",
        "同事",
        "室友",
        "朋友",
        "楼上",
        "楼下",
        "隔壁",
        "联系",
        "找到",
        "前夫",
        "前妻",
        "哥哥",
        "弟弟",
        "姐姐",
        "妹妹",
        "学生",
        "患者",
        "员工",
    ])
});
/// Signs and words between a cue and the name.
const GLUE: &[&str] = &[":", "是", "为", "叫", " ", "(", "名字", "姓名", "，", "“", "\""];
/// Words after a name that is somebody's title.
static TITLES: LazyLock<Words> = LazyLock::new(|| {
    Words::of(&[
        "先生", "女士", "小姐", "师傅", "老师", "阿姨", "大爷", "大妈", "大叔", "大姐", "大哥", "大娘", "奶奶", "爷爷", "叔叔",
        "老板", "经理", "主任", "医生", "警官", "书记", "同志", "同学", "老汉", "婆婆", "教授", "律师", "护士", "队长", "所长",
        "站长", "某某", "姓", "某",
    ])
});
/// What people named at the start of a sentence do.
static VERBS: LazyLock<Words> = LazyLock::new(|| {
    Words::of(&["来电", "反映", "报警", "投诉", "举报", "求助", "咨询", "致电", "报称", "诉称", "称", "说", "电话", "手机"])
});
/// No given name goes on with these.
static STOPS: LazyLock<Words> = LazyLock::new(|| {
    Words::of(&[
        "电话", "来电", "来到", "来访", "反映", "反应", "报警", "报称", "称", "说", "住", "手机", "联系", "表示", "投诉", "举报",
        "求助", "请求", "请", "要求", "家住", "家中", "家里", "家的", "家", "身份", "的", "在", "和", "与", "及", "等", "将", "被",
        "把", "对", "到", "从", "因", "已", "也", "未", "未提", "提供", "拨打", "先生", "女士", "小姐", "师傅", "老师", "阿姨",
        "大爷", "大妈", "向", "今", "昨", "于", "系", "无", "没", "不", "现", "名", "有", "又", "都", "年", "岁", "男", "女", "打",
        "要", "去", "了", "咨询", "致电", "认为", "发现", "希望", "同意", "本人", "主任", "经理", "医生", "奶奶", "叔叔", "大叔",
        "警官", "书记", "同志", "是", "即", "跟", "给", "让", "做", "进", "出现", "走失", "受伤", "摔", "突然", "正在", "微信",
    ])
});
/// What makes a place of the word before it.
const PLACES: &[&str] =
    &["区", "路", "街", "村", "镇", "乡", "县", "市", "社区", "苑", "园", "小区", "新村", "桥", "广场", "派出所", "大道"];
/// What an office or a place ends with, and no given name here.
const OFFICES: &str = "员人部处局队科站所区路街村镇乡县市户者方";
/// Longest name without a known surname, as other peoples of the country have.
const LONGEST: usize = 12;

pub(super) fn scan(glyphs: &Glyphs, found: &mut Vec<Found>) {
    for at in 0..glyphs.len() {
        let name = after_label(glyphs, at)
            .or_else(|| after_cue(glyphs, at))
            .or_else(|| before_title(glyphs, at))
            .or_else(|| before_verb(glyphs, at))
            .or_else(|| familiar(glyphs, at));
        found.extend(name.map(|glyphs| Found { kind: Kind::Name, glyphs }));
    }
}

type Range = std::ops::Range<usize>;

fn after_label(glyphs: &Glyphs, at: usize) -> Option<Range> {
    let end = at + glyphs.longest_of(at, &LABELS)?;
    let start = glue(glyphs, end);
    if let Some(name) = name(glyphs, start).or_else(|| three_signs(glyphs, start)) {
        return Some(start..name);
    }
    // No surname we know: a whole word after a colon is taken all the same.
    let end = glyphs.past(start, LONGEST, |glyph| is_han(glyph) || glyph == '·');
    let labelled = glyphs.before(start) == ':' && (2..=LONGEST).contains(&(end - start));
    let word = (start..end).any(|here| here - start < 4 && glyphs.longest_of(here, &STOPS).is_some());
    (labelled && !word && (end - start <= 4 || (start..end).any(|here| glyphs.at(here) == '·'))).then_some(start..end)
}

fn after_cue(glyphs: &Glyphs, at: usize) -> Option<Range> {
    let start = glue(glyphs, at + glyphs.longest_of(at, &CUES)?);
    let sure = glyphs.longest_of(at, &SURE_CUES).is_some();
    let end = name(glyphs, start).or_else(|| if sure { three_signs(glyphs, start) } else { None })?;
    let place = (start + 1..=end).any(|here| glyphs.longest(here, PLACES).is_some());
    (!place).then_some(start..end)
}

/// `张先生`, `王建国师傅`: the name goes, the title stays.
fn before_title(glyphs: &Glyphs, start: usize) -> Option<Range> {
    let surname = surname(glyphs, start)?;
    let end = (surname..=surname + 2).find(|&end| glyphs.longest_of(end, &TITLES).is_some())?;
    let given = (surname..end).all(|at| is_han(glyphs.at(at)));
    let word = end > surname && is_word(glyphs, start) && (end == start + 2 || OFFICES.contains(glyphs.before(end)));
    (given && !word).then_some(start..end)
}

/// `王建国来电`, at the start of a sentence.
fn before_verb(glyphs: &Glyphs, start: usize) -> Option<Range> {
    if is_han(glyphs.before(start)) || glyphs.before(start).is_ascii_alphanumeric() || is_word(glyphs, start) {
        return None;
    }
    let surname = surname(glyphs, start)?;
    let end = (surname + 1..=surname + 2).find(|&end| glyphs.longest_of(end, &VERBS).is_some())?;
    let given = (surname..end).all(|at| is_han(glyphs.at(at)) && !ends_name(glyphs, at));
    given.then_some(start..end)
}

/// `老王`, `小李`, where no longer word begins.
fn familiar(glyphs: &Glyphs, at: usize) -> Option<Range> {
    const FAMILIAR: &str = "王李张刘陈杨赵周吴徐胡朱郭梁宋郑谢韩冯董曹袁邓傅沈彭吕卢蒋蔡贾魏薛潘汪姜姚谭廖邹陆郝崔邱侯邵孟乔赖龚尹";
    let name = at + 1;
    let familiar = matches!(glyphs.at(at), '老' | '小') && FAMILIAR.contains(glyphs.at(name));
    (familiar && !is_word(glyphs, name) && !is_han(glyphs.before(at))).then_some(name..name + 1)
}

/// Where the name that starts at `start` ends: a surname and one or two signs more.
fn name(glyphs: &Glyphs, start: usize) -> Option<usize> {
    if is_word(glyphs, start) {
        return None;
    }
    let surname = surname(glyphs, start)?;
    if glyphs.longest_of(surname, &TITLES).is_some() {
        return Some(surname);
    }
    let goes_on = |at: usize| is_han(glyphs.at(at)) && glyphs.longest_of(at, &STOPS).is_none();
    // The first sign of a given name may look like a verb (来福, 向东): only two-sign stops and the surest end it.
    let first = is_han(glyphs.at(surname)) && !ends_name(glyphs, surname);
    if !first {
        return None;
    }
    let second = surname + 1;
    Some(if goes_on(second) || gives(glyphs, second) { second + 1 } else { second })
}

/// A whole name of three signs that begins like a word, alone between signs: `叶子轩，` but not `管理员，`.
fn three_signs(glyphs: &Glyphs, start: usize) -> Option<usize> {
    let end = start + 3;
    let whole = is_word(glyphs, start) && (start..end).all(|at| is_han(glyphs.at(at))) && !is_han(glyphs.at(end));
    let person = !OFFICES.contains(glyphs.at(end - 1)) && glyphs.longest_of(end - 1, &STOPS).is_none();
    (whole && person).then_some(end)
}

/// Whether a two-sign stop or a sure one stands where a given name would begin.
fn ends_name(glyphs: &Glyphs, at: usize) -> bool {
    const SURE: &str = "的在和与及等称说住被把对从已也未不没有了名是请到";
    glyphs.longest_of(at, &STOPS).is_some_and(|length| length > 1) || SURE.contains(glyphs.at(at))
}

/// A stop sign of one that ends the text's word anyway: `王向家，` is all name.
fn gives(glyphs: &Glyphs, at: usize) -> bool {
    is_han(glyphs.at(at)) && !is_han(glyphs.at(at + 1)) && !ends_name(glyphs, at)
}

fn glue(glyphs: &Glyphs, mut at: usize) -> usize {
    for _ in 0..3 {
        match glyphs.longest(at, GLUE) {
            Some(length) => at += length,
            None => break,
        }
    }
    at
}

fn is_han(glyph: char) -> bool {
    matches!(glyph, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}')
}
