//! Surnames, and words that only look as if they began with one.

use std::{collections::HashSet, sync::LazyLock};

use super::glyphs::{Glyphs, Words};

static SINGLE_SET: LazyLock<HashSet<char>> = LazyLock::new(|| SINGLE.chars().collect());
static DOUBLE_WORDS: LazyLock<Words> = LazyLock::new(|| Words::of(DOUBLE));
static LOOKALIKES: LazyLock<Words> = LazyLock::new(|| Words::of(WORDS));
static NAMELIKE: LazyLock<Words> = LazyLock::new(|| Words::of(NAMES_TOO));

/// Where the surname that starts at `start` ends.
pub(super) fn surname(glyphs: &Glyphs, start: usize) -> Option<usize> {
    if let Some(length) = glyphs.longest_of(start, &DOUBLE_WORDS) {
        return Some(start + length);
    }
    SINGLE_SET.contains(&glyphs.at(start)).then_some(start + 1)
}

/// The length of a word that only looks like a name and starts at `start`.
pub(super) fn word(glyphs: &Glyphs, start: usize) -> Option<usize> {
    glyphs.longest_of(start, &LOOKALIKES).or_else(|| glyphs.longest_of(start, &NAMELIKE))
}

/// Whether that word is a name as well.
pub(super) fn is_name_too(glyphs: &Glyphs, start: usize) -> bool {
    glyphs.longest_of(start, &NAMELIKE) > glyphs.longest_of(start, &LOOKALIKES)
}

/// Whether the surname at `start` is the end of another word: `安全主任`.
pub(super) fn ends_word(glyphs: &Glyphs, start: usize) -> bool {
    ENDINGS.iter().any(|word| glyphs.ends(start + 1, word))
}

/// Whether the surname at `start` is a word that stands before verbs: `居民应注意`.
pub(super) fn is_shy(glyphs: &Glyphs, start: usize) -> bool {
    SHY.contains(glyphs.at(start))
}

/// Whether the surname at `start` is more likely a part of what stands before it: `文德苑王女士`.
pub(super) fn is_inside(glyphs: &Glyphs, start: usize) -> bool {
    INSIDE.contains(glyphs.at(start))
}

/// The usual surnames of one sign, without those that are far oftener something else.
const SINGLE: &str = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧肖程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎闫余潘杜戴\
夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛\
伍韦申尤毕聂丛焦向柳邢骆岳齐梅庄辛管祝左涂谷祁时舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵\
解强柴华车冉房边净阴瞿沙戚蒙虞宫商敖褚池谈娄缪简储巫仇晏苟冷原古艾冼路苍费荆刁宗向印练麦仲栗匡习\
付莫代滕饶全吉丘米晋苑邬臧穆符燕党郎连栾郁喻迟宇卓花蓝桑裘应尚伊佟芮蔺闻乐桓蒲";
/// Surnames of two signs.
const DOUBLE: &str = "欧阳 司马 上官 诸葛 夏侯 皇甫 尉迟 公孙 慕容 令狐 司徒 端木 东方 南宫 司空 轩辕 长孙 宇文 钟离 闻人 澹台 呼延 百里 西门 独孤 \
申屠 太史";
/// Words that begin like a name.
const WORDS: &str = "周边 周围 周末 周一 周二 周三 周四 周五 周六 周日 周天 周转 周期 周知 于是 于今 于昨 高空 高烧 高考 车平 常哭 万分 方代 高层 \
高速 高温 高新 高压 高度 高龄 高中 黄色 黄灯 黄线 黄昏 马路 马上 马桶 金额 金属 金融 方面 方便 方向 方案 方式 方才 方可 方法 \
许多 许可 许久 江边 江浦 江苏 江宁 江面 白天 白色 白酒 万元 万家 万户 石块 石桥 石板 石墩 田地 田里 林地 林业 林场 文件 文化 \
文体 文字 夏季 龙头 龙华 毛病 毛坯 毛巾 钱款 钱包 钱财 任何 任务 任意 任由 任职 常常 常年 常见 常住 常用 段时 易燃 易爆 温度 \
安全 安装 安排 安置 安保 安徽 曾经 曾多 曾在 曾向 曾被 何时 何处 何人 何种 何事 何况 管道 管理 管网 管线 管家 时间 时常 时候 \
时有 时段 成为 成立 成员 成年 成本 华为 车辆 车主 车位 车库 车牌 车上 车道 车内 车子 车间 车棚 房屋 房子 房东 房间 房产 房主 \
房租 房内 边上 边界 路口 路边 路过 路灯 路面 路上 路段 路人 路名 单位 单元 单独 单号 单车 单子 包括 包含 包裹 包厢 司机 司法 \
解决 解释 解除 强制 强烈 强行 强调 项目 项链 查看 查询 查处 查明 查找 关于 关闭 关门 关注 关系 关心 向上 向下 向前 向我 向其 \
向社 向网 向警 向物 游客 游泳 游戏 商户 商店 商铺 商场 商量 商家 原因 原来 原先 原为 原有 原告 古镇 左右 左侧 左边 左转 宁政 \
严重 严禁 严格 严厉 谈话 谈到 谈判 简单 简易 简称 冷水 冷静 施工 施救 施暴 申请 申报 申诉 申领 位于 位置 位移 费用 费劲 费解 \
洪水 洪灾 武器 武装 武警 阳台 阳性 童车 童年 练习 练车 商贩 牛奶 康复 谷物 沙子 沙发 沙土 沙石 苗木 苗头 季度 季节 章程 宗旨 \
印章 印象 习惯 齐全 辛苦 席位 卫生 卫星 池塘 池边 景区 景观 甘愿 麦田 蒙面 欧元 欧式 柳树 苏州 苏果 鲁莽 唐突 余下 余额 余款 \
杜绝 戴着 戴口 范围 范本 陆续 孔洞 顾客 顾虑 孟加 秦淮 史上 汪汪 程度 程序 董事 梁柱 胡乱 胡同 孙子 孙女 张口 张贴 杨树 林木 \
罗列 马甲 华润 满意 肖像 易拉 易发 尤其 毕竟 毕业 焦急 焦虑 舒服 舒适 耿直 费心 纪律 纪念 纪委 庄稼 涂抹 涂料 涂鸦 祝贺 祝愿 \
柏油 柴油 柴火 阴暗 阴天 阴沟 仇恨 储物 储存 储备 车祸 车门 车窗 车流 车身 车站 白马 白纸 明发 任命 史料 韩国 谢谢 感谢 白事 \
万般 常发 时许 时分 时左 强风 强光 强迫 曲折 边走 边说 路基 包工 解放 单方 单身 位老 位女 位男 位先 于家中 于家里 于家门 于家附 于本 于上 于下 于当 \
于此 于其 文物 白领 高价 高额 高低 高大 高处 金店 金条 金项 付款 付费 付钱 付清 付给 付出 付了 付完 付全 付现 付账 付过 付不 \
付定 付押 付房 付租 代表 代理 代为 代驾 代办 代缴 代码 代收 代价 代购 代写 代签 代其 代他 代她 代人 代运 代送 代开 代课 代交 \
代付 代父 代母 全部 全家 全体 全是 全都 全身 全程 全责 全面 全市 全区 全村 全国 全年 全天 全校 全班 全额 全款 全新 全力 全被 \
全员 全套 全楼 全裸 全线 应该 应当 应急 应届 应对 应答 应聘 应为 应有 应予 应由 应及 应注 应缴 应自 应按 应配 应付 应用 \
应邀 应酬 应是 应在 应立 尚未 尚有 尚无 尚不 尚可 尚需 尚在 尚欠 尚且 连续 连接 连夜 连带 连同 连忙 连云 连日 连声 连人 连车 \
连连 连锁 连摔 连撞 连环 连线 连打 连个 党员 党委 党支 党群 党组 党总支 党政 党费 党校 花园 花坛 花费 花盆 花钱 花了 \
花店 花草 花木 花卉 花圈 花生 花甲 花色 花样 花架 花台 花池 米左 米处 米高 米长 米宽 米多 米的 米饭 米线 米粉 米以 米外 \
米内 米远 米深 米厚 米面 米店 乐意 乐器 乐队 乐园 乐于 乐观 乐趣 蓝色 蓝牙 蓝衣 蓝白 蓝领 蓝光 桑塔 桑拿 桑叶 桑树 吉普 吉利 \
吉他 吉林 符合 符号 燕窝 穆斯 迟到 迟迟 迟早 迟延 伊斯 伊朗 伊拉 苑区 苑内 苑小区 苑门 宇宙 喻为 郁闷 晋升 晋级 丘陵 莫名 莫非 \
莫要 莫大 莫过 饶命 饶了 饶恕 闻到 闻讯 闻见 闻言 闻声 闻着 蒲公 车厢 徐州 常州 温州 郑州 黄河 高峰期 安静祥 高峰时 黄金周 文明办 成功后 向领 党组副 应签 应享 安心 商定 管教 司令 代理总 苑落 代笔 代领 代替 代言";
/// Words that people are called, too.
const NAMES_TOO: &str = "高峰 安静 黎明 文明 文德 成功 金鹰 金陵 华丽 华东 雷雨 雷电 夏天 黄金 马达 康桥 康华 汤山 桂花 桂子 梅花 梅雨 兰花 苏宁 宁波 \
江北 江水 叶子 李子 石头 石子 温馨 温泉 阳光 盛大 万一 陆军 常青 燕子 蓝天 吉祥 卓越 莫愁 党建";
/// Words that end like a surname: no name begins with their last sign.
const ENDINGS: &[&str] = &[
    "安全", "支付", "垫付", "偿付", "交付", "未付", "已付", "新闻", "音乐", "娱乐", "供应", "反应", "响应", "时代", "年代", "现代",
    "当代", "后代", "大连", "平米", "棉花", "时尚", "一位", "这位", "那位", "两位", "几位", "各位", "有位", "对方", "双方", "警方",
    "校方", "院方", "店方", "地方", "我方", "甲方", "乙方", "谢谢", "感谢", "多谢",
];
/// Surnames that are everyday words: after a word for people they need a sign or a verb behind the name.
const SHY: &str = "付代全应尚连花米乐闻迟党符喻晋饶";
/// Surnames that are hardly ever one where another sign stands right before them.
const INSIDE: &str = "苑应连全尚米党";
