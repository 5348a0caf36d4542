//! Calls to 110: quarrels, crime, traffic, help, danger. Told plainly; nothing cruel is spelled out.

use wire::v1::Flag;

use super::Template;

/// Quarrels.
pub const DISPUTE: &[Template] = &[
    ("邻里纠纷", "{place}{hall}两家为楼道放东西吵架，邻里纠纷，想请人来调一调。"),
    ("消费纠纷", "在{road}{shop}买东西发生消费纠纷，双方争吵，店家不让走。"),
    ("经济纠纷", "{when}朋友借钱不还，见面发生口角，属于经济纠纷。"),
    ("停车争执", "{spot}两个车主抢车位发生争执，围了{n}个人看。"),
    ("噪音引起争吵", "楼上装修，{place}{hall}上下楼争吵，越吵越凶。"),
    ("租房纠纷", "{place}房东不退押金，租房纠纷，人堵在门口不让搬。"),
    ("薪资纠纷", "{road}{shop}员工和老板为加班费发生纠纷，正在争吵。"),
    ("物业纠纷", "{place}业主和保安为进门登记发生口角，有纠纷。"),
];

/// Crime and disorder.
pub const CRIME: &[Template] = &[
    ("电动车被盗", "{when}停在{spot}的电动车被盗，有监控。"),
    ("电瓶被偷", "{place}{hall}楼下偷电瓶，一晚上被偷走{n}组。"),
    ("网络诈骗", "{when}刷单被骗了{n}千元，是电信诈骗。"),
    ("入室盗窃", "{place}{hall}回家发现门被撬，入室盗窃，家里翻得很乱。"),
    ("打架", "{spot}有{n}个人打架，有人流血，快来。"),
    ("聚众赌博", "{place}{hall}地下室有人聚众赌博，每天晚上都有。"),
    ("扒窃", "{when}在{spot}手机被小偷扒窃。"),
    ("家庭暴力", "{place}{hall}传来哭喊声，像是家暴，请来看看。"),
];

/// Traffic.
pub const TRAFFIC: &[Template] = &[
    ("追尾", "{road}两车追尾，人没事，车挪不动，后面堵了{n}辆。"),
    ("剐蹭", "{spot}电动车和轿车剐蹭，双方说不清楚。"),
    ("撞人", "{road}路口电动车撞到人，老人腿疼站不起来。"),
    ("肇事逃逸", "{when}停在{road}的车被撞，肇事逃逸，行车记录仪拍到了。"),
    ("交通事故", "{spot}发生交通事故，货车侧翻，占了{n}米路面。"),
    ("红绿灯故障", "{road}路口红绿灯不亮，四个方向的车都不让，交通很乱。"),
];

/// Help.
pub const HELP: &[Template] = &[
    ("孩子锁在屋里", "{place}{hall}钥匙忘在家里，灶上还炖着汤，求助开门。"),
    ("电梯困人", "{place}{hall}电梯困人，里面有{n}个人，说话还能听到。"),
    ("老人摔倒", "{spot}有位老人摔倒，意识清楚，旁边没有家属。"),
    ("挪车求助", "{spot}有车挡住出口，联系不上车主，请帮忙挪车。"),
    ("老人走失", "家里老人从{place}走失{n}小时，穿灰色外套。"),
    ("手机遗失求助", "{when}手机落在出租车上，求助联系司机。"),
    ("迷路求助", "有位外地老人在{spot}迷路，说不清住处，求助。"),
    ("车辆被困", "{road}积水，一辆轿车被困，人已经出来了。"),
    ("小孩走丢", "{when}在{spot}小孩走丢，六岁，穿红衣服。"),
];

/// Danger.
pub const DANGER: &[Template] = &[
    ("着火", "{place}{hall}有住户厨房着火，窗口冒浓烟。"),
    ("燃气泄漏", "{place}{hall}楼道里燃气泄漏，味道很重，已经有人往外走。"),
    ("落水", "{spot}有人落水，岸上的人在递竹竿。"),
    ("有人轻生", "{place}{hall}楼顶有人轻生，坐在边上不肯下来。"),
    ("持刀", "{spot}有人持刀和别人争吵，周围有{n}个人。"),
    ("路面塌陷", "{road}路面塌陷，坑有{n}米宽，旁边还有车经过。"),
];

/// A call as the 110 system files it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Matter {
    /// Its heading.
    pub title: &'static str,
    /// Its words, with `{slots}`.
    pub text: &'static str,
    /// The category at intake, as a matter's code.
    pub category: &'static str,
    /// 1 to 4.
    pub priority: u32,
    /// Words that call for care.
    pub flags: &'static [Flag],
}

const fn matter(from: Template, category: &'static str, priority: u32, flags: &'static [Flag]) -> Matter {
    Matter { title: from.0, text: from.1, category, priority, flags }
}

/// What is called about, by weight: a province's published shares (chinese-practice §5.5), moving parked cars left to
/// self-service.
pub const MATTERS: &[(u32, &[Matter])] =
    &[(30, &TRAFFIC_MATTERS), (31, &HELP_MATTERS), (22, &DISPUTE_MATTERS), (14, &CRIME_MATTERS), (3, &DANGER_MATTERS)];

const DISPUTE_MATTERS: [Matter; 8] = [
    matter(DISPUTE[0], "police/dispute", 3, &[]),
    matter(DISPUTE[1], "police/dispute", 3, &[]),
    matter(DISPUTE[2], "police/dispute", 4, &[]),
    matter(DISPUTE[3], "police/dispute", 3, &[Flag::Crowd]),
    matter(DISPUTE[4], "police/dispute", 3, &[]),
    matter(DISPUTE[5], "police/dispute", 3, &[]),
    matter(DISPUTE[6], "police/dispute", 3, &[]),
    matter(DISPUTE[7], "police/dispute", 4, &[]),
];

const CRIME_MATTERS: [Matter; 8] = [
    matter(CRIME[0], "police/theft", 3, &[]),
    matter(CRIME[1], "police/theft", 3, &[]),
    matter(CRIME[2], "police/fraud", 3, &[]),
    matter(CRIME[3], "police/theft", 2, &[]),
    matter(CRIME[4], "police/violence", 2, &[]),
    matter(CRIME[5], "police/gambling", 3, &[]),
    matter(CRIME[6], "police/theft", 3, &[]),
    matter(CRIME[7], "police/domestic", 2, &[Flag::DomesticViolence]),
];

const TRAFFIC_MATTERS: [Matter; 6] = [
    matter(TRAFFIC[0], "police/traffic", 3, &[]),
    matter(TRAFFIC[1], "police/traffic", 3, &[]),
    matter(TRAFFIC[2], "police/traffic", 2, &[]),
    matter(TRAFFIC[3], "police/traffic", 3, &[]),
    matter(TRAFFIC[4], "police/traffic", 2, &[]),
    matter(TRAFFIC[5], "police/traffic", 3, &[]),
];

const HELP_MATTERS: [Matter; 9] = [
    matter(HELP[0], "police/help", 3, &[]),
    matter(HELP[1], "police/help", 2, &[]),
    matter(HELP[2], "police/help", 2, &[]),
    matter(HELP[3], "police/help", 4, &[]),
    matter(HELP[4], "police/missing", 2, &[]),
    matter(HELP[5], "police/help", 4, &[]),
    matter(HELP[6], "police/help", 3, &[]),
    matter(HELP[7], "police/help", 2, &[]),
    matter(HELP[8], "police/missing", 2, &[Flag::Minor]),
];

const DANGER_MATTERS: [Matter; 6] = [
    matter(DANGER[0], "police/fire", 1, &[]),
    matter(DANGER[1], "police/hazard", 1, &[]),
    matter(DANGER[2], "police/drowning", 1, &[]),
    matter(DANGER[3], "police/suicide", 1, &[Flag::MentalCrisis]),
    matter(DANGER[4], "police/disorder", 1, &[Flag::Weapon, Flag::Crowd]),
    matter(DANGER[5], "police/hazard", 2, &[]),
];

/// What a patrol of the grid comes upon and leaves to the police.
pub const FOUND: &[Matter] = &[
    matter(("持械争执", "{spot}有人拿着铁棍和别人争吵，巡查人员已退到外围。"), "police/disorder", 2, &[Flag::Weapon]),
    matter(("燃气泄漏", "{place}{hall}楼道燃气泄漏，味道很重，正在劝离居民。"), "police/hazard", 1, &[]),
    matter(("路面塌陷", "{road}路面塌陷，坑有{n}米宽，已临时拦护。"), "police/hazard", 2, &[]),
    matter(("有人轻生", "{spot}有人坐在桥栏外侧，情绪激动，疑似轻生。"), "police/suicide", 1, &[Flag::MentalCrisis]),
    matter(("打架", "{spot}有{n}个人打架，巡查人员劝不住。"), "police/violence", 2, &[]),
];
