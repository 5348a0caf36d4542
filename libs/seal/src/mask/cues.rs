//! The words around a name.

use std::sync::LazyLock;

use super::glyphs::Words;

/// A form's label: what follows is a name even without a known surname.
pub(super) static LABELS: LazyLock<Words> =
    LazyLock::new(|| Words::of("联系人姓名 联系人 联络人 姓名 收件人 收货人 真实姓名 负责人"));
/// Words that announce a person's own name: it may begin like another word (叶子轩).
pub(super) static SURE: LazyLock<Words> = LazyLock::new(|| Words::of("我叫 名叫 名为 叫做 本人 我是"));
/// Those of them after which nothing but a name stands.
pub(super) static SUREST: LazyLock<Words> = LazyLock::new(|| Words::of("我叫 名叫"));
/// Who somebody is in a report; a name follows oftener than anything else.
pub(super) static ROLES: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "反映人 报警人 报案人 投诉人 举报人 求助人 当事人 申请人 诉求人 来电人 被投诉人 被举报人 嫌疑人 受害人 被害人 \
失踪人 证人 事主 失主 肇事者",
    )
});
/// Other words before a name in running text.
pub(super) static PEOPLE: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "叫 业主 邻居 户主 房东 租客 租户 住户 居民 村民 市民 群众 老人 伤者 死者 男子 女子 司机 车主 老板 网格员 民警 \
对方 家属 监护人 孩子 儿子 女儿 父亲 母亲 丈夫 妻子 老公 老婆 爱人 同事 室友 朋友 楼上 楼下 隔壁 联系 找到 \
前夫 前妻 哥哥 弟弟 姐姐 妹妹 学生 患者 员工 驾驶员 家长 乘客 保安 快递员",
    )
});
/// Signs and words between a cue and the name.
pub(super) const GLUE: &[&str] = &[":", "是", "为", "叫", " ", "(", "名字", "姓名", "“", "\""];
/// What stands between two names of one list.
pub(super) const BESIDE: &[&str] = &["、", "/", ",", "和", "与", "及", "以及"];
/// Words after a name that is somebody's title.
pub(super) static TITLES: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "先生 女士 小姐 师傅 老师 阿姨 大爷 大妈 大叔 大姐 大哥 大娘 奶奶 爷爷 叔叔 老板 经理 主任 医生 警官 书记 同志 \
同学 老汉 婆婆 教授 律师 护士 队长 所长 站长 某某 姓 某",
    )
});
/// Titles that follow a name only, even one that is a word.
pub(super) const POLITE: &[&str] = &["先生", "女士", "小姐", "师傅"];
/// What people named at the start of a sentence do.
pub(super) static VERBS: LazyLock<Words> =
    LazyLock::new(|| Words::of("来电 反映 报警 投诉 举报 求助 咨询 致电 报称 诉称 称 说 电话 手机"));
/// No given name goes on with these.
pub(super) static STOPS: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "电话 来电 来到 来访 反映 反应 报警 报称 称 说 住 手机 联系 表示 投诉 举报 求助 请求 请 要求 家住 家中 家里 \
家的 家 身份 的 在 和 与 及 等 将 被 把 对 到 从 因 已 也 未 未提 提供 拨打 先生 女士 小姐 师傅 老师 阿姨 大爷 \
大妈 向 今 昨 于 系 无 没 不 现 名 有 又 都 年 岁 男 女 打 要 去 了 咨询 致电 认为 发现 发生 争吵 互殴 希望 同意 本人 主任 \
经理 医生 奶奶 叔叔 大叔 警官 书记 同志 是 即 跟 给 让 做 进 出现 走失 受伤 摔 突然 正在 微信",
    )
});
/// What may stand between a name and its phone, longest first.
pub(super) const PHONES: &[&str] = &["联系电话", "电话号码", "手机号码", "手机号", "电话", "手机"];
/// What makes a place of the word before it.
pub(super) const PLACES: &[&str] =
    &["区", "路", "街", "村", "镇", "乡", "县", "市", "社区", "苑", "园", "小区", "新村", "桥", "广场", "派出所", "大道"];
/// What an office or a place ends with, and no given name here.
pub(super) const OFFICES: &str = "员人部处局队科站所区路街村镇乡县市户者方";
/// What a firm or an office ends with, before its phone.
pub(super) const FIRMS: &[&str] = &[
    "公司", "物业", "超市", "酒店", "饭店", "宾馆", "医院", "学校", "中学", "小学", "银行", "商场", "中心", "大厦", "热线", "专线",
    "总机", "前台", "门卫", "客服", "社区", "街道", "小区", "新村", "花园",
];
