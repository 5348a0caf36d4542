//! The latest facts in short lines, and how many of each kind there were. Nothing of a person: only words of our own
//! tables, and of an incident under protection (class S) not even place and matter.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, PoisonError},
};

use domain::{
    fact,
    incident::{Class, Fact, Incident},
    time::Time,
};
use futures::StreamExt as _;
use runtime::{Ports, fold};
use tokio_util::sync::CancellationToken;

use super::names;

/// How many lines are kept.
const LINES: usize = 8;

/// What happened since the demo began.
#[derive(Debug, Default)]
pub(crate) struct News(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    lines: VecDeque<String>,
    counts: BTreeMap<&'static str, (&'static str, u64)>,
}

impl News {
    /// The latest lines, the newest last.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).lines.iter().cloned().collect()
    }

    /// Facts by kind: the kind, its word, how many.
    pub(crate) fn counts(&self) -> Vec<(&'static str, &'static str, u64)> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.counts.iter().map(|(kind, (word, number))| (*kind, *word, *number)).collect()
    }

    fn add(&self, fact: &Fact, line: String) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.counts.entry(fact.kind()).or_insert((word(fact), 0)).1 += 1;
        while kept.lines.len() >= LINES {
            kept.lines.pop_front();
        }
        kept.lines.push_back(line);
    }

    /// Follows the journal from `from`; once `last` is cancelled, up to what is in it by then. Whoever wants all facts
    /// counted cancels it after the last of them was asked for and answered.
    pub(crate) async fn follow(&self, ports: &Ports, from: u64, last: CancellationToken) {
        let (mut batches, mut next, mut end) = (ports.journal.follow(from), from, None);
        while end.is_none_or(|end| next <= end) {
            let entries = tokio::select! {
                () = last.cancelled(), if end.is_none() => match ports.journal.head().await {
                    Ok(tip) => {
                        end = Some(tip.position);
                        continue;
                    }
                    Err(_) => return,
                },
                read = batches.next() => match read {
                    Some(Ok(entries)) => entries,
                    // The driver sees a journal that broke, and says so.
                    Some(Err(_)) | None => return,
                },
            };
            next = entries.last().map_or(next, |entry| entry.position + 1);
            for (fact, stamp) in fold::decode(&entries).facts {
                let fact::Fact::Incident(id, fact) = fact else { continue };
                // Place and class are read off the live board. One that is still behind tells them as they were; the fact
                // counts all the same.
                let _ = ports.fold.reached(stamp.position).await;
                let incident = ports.fold.look(|board| board.incident(id).cloned());
                self.add(&fact, line(ports, stamp.time, incident.as_deref(), &fact));
            }
        }
    }
}

fn line(ports: &Ports, at: Time, incident: Option<&Incident>, fact: &Fact) -> String {
    let time = at.civil().strftime("%H:%M:%S").to_string();
    let Some(incident) = incident else { return format!("{time}  {}", names::left(word(fact), 12)) };
    let lead = incident.lead_agency().map_or("", names::agency);
    let (place, matter) = if incident.class == Class::S {
        ("受保护".to_owned(), String::new())
    } else {
        let policies = ports.policies();
        let matter = incident.counted_category().map_or("", |code| names::matter(&policies, code));
        (names::place(&ports.areas, incident.place.area), matter.to_owned())
    };
    let priority = incident.priority.map_or("—".to_owned(), |priority| priority.to_string());
    let detail = if incident.class == Class::S { String::new() } else { detail(fact) };
    format!(
        "{time}  {} {priority}级 {} {} {} {detail}",
        names::left(word(fact), 12),
        names::left(lead, 6),
        names::left(&place, 20),
        names::left(&matter, 18)
    )
}

/// The word of a fact.
const fn word(fact: &Fact) -> &'static str {
    match fact {
        Fact::Received(_) => "接报",
        Fact::Supplemented(_) => "续报",
        Fact::Raised(_) => "加注",
        Fact::Answered(_) => "当场答复",
        Fact::SelfHandled(_) => "即巡即办",
        Fact::VerificationAsked(_) => "派核实",
        Fact::Verified(_) => "核实",
        Fact::Declined(_) => "不予受理",
        Fact::Accepted(_) => "受理",
        Fact::Routed(_) => "分流交办",
        Fact::PartAdded(_) => "增派",
        Fact::OrderIssued(_) => "下达指令",
        Fact::OrderDelivered(_) => "指令送达",
        Fact::OrderSigned(_) => "签收指令",
        Fact::OrderCannot(_) => "无法执行",
        Fact::TransferOffered(_) => "移交",
        Fact::TransferDelivered(_) => "移交送达",
        Fact::TransferAccepted(_) => "接收移交",
        Fact::TransferReturned(_) => "退回",
        Fact::TransferLapsed(_) => "超时未签收",
        Fact::TransferWithdrawn(_) => "撤回移交",
        Fact::Designated(_) => "指定承办",
        Fact::UnitEnRoute(_) => "出动",
        Fact::UnitOnScene(_) => "到场",
        Fact::PartFinished(_) => "任务办结",
        Fact::PartReleased(_) => "解除配合",
        Fact::Done(_) => "处置完毕",
        Fact::CheckAsked(_) => "派核查",
        Fact::Checked(_) => "核查",
        Fact::ReporterTold(_) => "答复",
        Fact::FollowedUp(_) => "回访",
        Fact::Closed(_) => "办结",
        Fact::Withdrawn(_) => "撤回",
        Fact::VoidAsked(_) => "申请作废",
        Fact::Voided(_) => "作废",
        Fact::ReopenAsked(_) => "申请重办",
        Fact::Reopened(_) => "重办",
        Fact::ReopenRefused(_) => "不予重办",
        Fact::ClockBreached(_) => "超时",
        Fact::ExtensionAsked(_) => "申请延期",
        Fact::SuspensionAsked(_) => "申请挂账",
        Fact::AppealAsked(_) => "申诉",
        Fact::RequestEndorsed(_) => "初审同意",
        Fact::RequestRefused(_) => "不予批准",
        Fact::ClockExtended(_) => "延期",
        Fact::Suspended(_) => "挂账",
        Fact::Resumed(_) => "恢复办理",
        Fact::ClockExempted(_) => "免责",
        Fact::DesignationLifted(_) => "指定撤销",
        Fact::ReporterContacted(_) => "联系诉求人",
        Fact::FeedbackGiven(_) => "进展反馈",
        Fact::HistoryRecorded(_) => "补录历史",
        Fact::SceneDeclared(_) => "确认现场",
        Fact::ReportsLinked(_) => "并入诉求",
        Fact::Merged(_) => "关联主单",
        Fact::Split(_) => "分立",
        Fact::SplitOff(_) => "分立登记",
        Fact::Recalled(_) => "收回",
        Fact::CategoryCorrected(_) => "更正类别",
        Fact::Noted(_) => "备注",
        Fact::Numbered(_) => "登记单号",
        Fact::InformedUpward(_) => "上报",
        Fact::Escalated(_) => "提级",
        Fact::HandedDown(_) => "交办下级",
        Fact::TierTaken(_) => "接办",
        Fact::TierReturned(_) => "退回上下级",
        Fact::SupervisionOpened(_) => "督办",
        Fact::SupervisionReplied(_) => "督办回复",
        Fact::SupervisionStruck(_) => "督办销号",
        Fact::Summoned(_) => "吹哨",
        Fact::SummonsArrived(_) => "吹哨报到",
        Fact::Reminded(_) => "催办",
        Fact::SupervisorAdded(_) => "上级关注",
        Fact::ConferenceStarted(_) => "三方通话",
        Fact::ConferenceEnded(_) => "通话结束",
        Fact::ResourceAsked(_) => "请求支援",
        Fact::ResourceGranted(_) => "同意支援",
        Fact::ResourceRefused(_) => "无法支援",
        Fact::Claimed(_) => "认领",
        Fact::ClaimReleased(_) => "放弃认领",
        Fact::UnitProgressed(_) => "补录处警",
        Fact::UnitRecorded(_) => "补录归队",
        Fact::PriorityChanged(_) => "等级变更",
    }
}

/// What a fact adds, in a few words; most need none.
fn detail(fact: &Fact) -> String {
    use domain::seat::Language::Zh;
    match fact {
        Fact::Declined(fact) => fact.reason.text(Zh),
        Fact::Routed(fact) => fact.parts.iter().map(|part| names::agency(&part.agency)).collect::<Vec<_>>().join(" + "),
        Fact::OrderIssued(fact) => fact.unit.to_string(),
        Fact::OrderCannot(fact) => fact.reason.text(Zh),
        Fact::TransferOffered(fact) => format!("{} → {}", names::agency(&fact.from), names::agency(&fact.to)),
        Fact::TransferReturned(fact) => fact.reason.text(Zh),
        Fact::TransferLapsed(fact) => fact.effect.zh().to_owned(),
        Fact::Designated(fact) => names::agency(&fact.agency).to_owned(),
        Fact::Verified(fact) => (if fact.found { "属实" } else { "未发现" }).to_owned(),
        Fact::Checked(fact) => fact.reason.text(Zh),
        Fact::FollowedUp(fact) if !fact.reached => "未联系上".to_owned(),
        Fact::FollowedUp(fact) => fact.satisfaction.map_or(String::new(), |level| level.zh().to_owned()),
        Fact::ReopenAsked(fact) => fact.reason.text(Zh),
        Fact::ReopenRefused(fact) => fact.reason.text(Zh),
        Fact::Withdrawn(fact) => fact.reason.text(Zh),
        Fact::VoidAsked(fact) => fact.reason.text(Zh),
        Fact::ClockBreached(fact) => fact.clock.name.zh().to_owned(),
        Fact::ExtensionAsked(fact) => fact.reason.text(Zh),
        Fact::SuspensionAsked(fact) => fact.reason.text(Zh),
        Fact::AppealAsked(fact) => fact.reason.text(Zh),
        Fact::RequestRefused(fact) => fact.reason.text(Zh),
        Fact::ClockExtended(fact) => {
            format!("{}延至{}", fact.clock.name.zh(), fact.due.civil().strftime("%m-%d %H:%M"))
        }
        Fact::Suspended(fact) => format!("至{}", fact.until.civil().strftime("%m-%d %H:%M")),
        Fact::ClockExempted(fact) => fact.clock.name.zh().to_owned(),
        Fact::RequestEndorsed(_)
        | Fact::Resumed(_)
        | Fact::DesignationLifted(_)
        | Fact::ReporterContacted(_)
        | Fact::FeedbackGiven(_) => String::new(),
        Fact::SceneDeclared(fact) => (if fact.safe { "安全" } else { "不安全" }).to_owned(),
        Fact::Merged(fact) => fact.reason.text(Zh),
        Fact::Split(fact) => fact.reason.text(Zh),
        Fact::Recalled(fact) => names::agency(&fact.agency).to_owned(),
        Fact::Numbered(fact) => fact.form.zh().to_owned(),
        Fact::InformedUpward(fact) => fact.reason.text(Zh),
        Fact::Escalated(fact) => fact.reason.text(Zh),
        Fact::HandedDown(fact) => fact.reason.text(Zh),
        Fact::TierReturned(fact) => fact.reason.text(Zh),
        Fact::SupervisionOpened(fact) => format!("{}级 {}", fact.level, names::agency(&fact.agency)),
        Fact::SupervisionReplied(fact) => format!("第{}号", fact.supervision),
        Fact::SupervisionStruck(fact) => fact.reason.text(Zh),
        Fact::Summoned(fact) => fact.calls.iter().map(|call| names::agency(&call.agency)).collect::<Vec<_>>().join(" + "),
        Fact::SummonsArrived(fact) => format!("第{}号", fact.call),
        Fact::Reminded(fact) => format!("{} 第{}次", names::agency(&fact.agency), fact.times),
        Fact::SupervisorAdded(fact) => fact.clock.name.zh().to_owned(),
        Fact::ConferenceStarted(fact) => fact.parties.iter().map(names::agency).collect::<Vec<_>>().join(" + "),
        Fact::ConferenceEnded(fact) => fact.outcome.text(Zh),
        Fact::ResourceAsked(fact) => format!("{} × {}", names::agency(&fact.agency), fact.quantity),
        Fact::ResourceGranted(fact) => format!("× {}", fact.quantity),
        Fact::ResourceRefused(fact) => fact.reason.text(Zh),
        Fact::Claimed(fact) => fact.seat.to_string(),
        Fact::UnitProgressed(fact) => fact.step.zh().to_owned(),
        Fact::UnitRecorded(fact) => fact.unit.to_string(),
        Fact::PriorityChanged(fact) => fact.priority.to_string(),
        Fact::Received(_)
        | Fact::Supplemented(_)
        | Fact::Raised(_)
        | Fact::Answered(_)
        | Fact::SelfHandled(_)
        | Fact::VerificationAsked(_)
        | Fact::Accepted(_)
        | Fact::PartAdded(_)
        | Fact::OrderDelivered(_)
        | Fact::OrderSigned(_)
        | Fact::TransferDelivered(_)
        | Fact::TransferAccepted(_)
        | Fact::TransferWithdrawn(_)
        | Fact::UnitEnRoute(_)
        | Fact::UnitOnScene(_)
        | Fact::PartFinished(_)
        | Fact::PartReleased(_)
        | Fact::Done(_)
        | Fact::CheckAsked(_)
        | Fact::ReporterTold(_)
        | Fact::Closed(_)
        | Fact::Voided(_)
        | Fact::Reopened(_)
        | Fact::ReportsLinked(_)
        | Fact::SplitOff(_)
        | Fact::CategoryCorrected(_)
        | Fact::Noted(_)
        | Fact::TierTaken(_)
        | Fact::ClaimReleased(_)
        | Fact::HistoryRecorded(_) => String::new(),
    }
}
