//! The bridges: certificates, keys and folders of each, and whether its partner is there.

use std::{fs, io, path::Path};

use bridge::{
    Partner,
    ferry::{Signer, Verifier},
};
use runtime::config::{Bridge, BridgeFerry, Tls};
use wire::{v1, words::Word as _};

use super::{Check, Ground, causes, listening::certificates};
use crate::{bridges, process::ADDRESS_FILE, roads::Roads};

/// How the hub is called in files that partners read.
const HUB: &str = "hub";

pub(super) async fn look(ground: &Ground<'_>) -> Vec<Check> {
    let config = ground.config;
    if config.bridges.is_empty() {
        return vec![Check::ok("bridges", "none is set up")];
    }
    if let Err(error) = bridges::settings(config) {
        let mend = "`hub doctor --config FILE`";
        let (zh, en) = (
            format!("按 deploy/config/hub.toml 改正 [[bridge]]，再查：{mend}"),
            format!("set [[bridge]] right as deploy/config/hub.toml shows, then {mend}"),
        );
        return vec![Check::fail("bridges", causes(error), zh, en)];
    }
    let mut checks = Vec::new();
    for bridge in &config.bridges {
        if let Some(stream) = &bridge.stream {
            let (certificate, key) = (stream.certificate.clone(), stream.key.clone());
            let tls = Tls { certificate, key, client_ca: Some(stream.client_ca.clone()) };
            checks.extend(certificates(["bridge cert", "partner ca"], &tls, ground.now));
        }
        if let Some(ferry) = &bridge.ferry {
            checks.push(keys(ferry, &bridge.partner, &config.district));
            checks.push(folders(ferry));
        }
    }
    checks.extend(partners(ground).await);
    checks
}

/// Does each side's key read?
fn keys(ferry: &BridgeFerry, partner: &str, district: &str) -> Check {
    let own = fs::read_to_string(&ferry.key).map_err(anyhow::Error::new).and_then(|text| Ok(Signer::from_hex(&text)?));
    if let Err(error) = own {
        let key = ferry.key.display();
        return Check::fail(
            "ferry keys",
            format!("{key}: {}", causes(error)),
            format!("生成密钥，并把 .pub 交给对方：`hub links key {key}`"),
            format!("make one, and give its .pub to the partner: `hub links key {key}`"),
        );
    }
    let theirs = fs::read_to_string(&ferry.partner_key).map_err(anyhow::Error::new);
    let theirs = theirs.and_then(|text| Ok(Verifier::new(&text, partner, HUB, district)?));
    match theirs {
        Ok(_) => Check::ok("ferry keys", format!("{} and {} read", ferry.key.display(), ferry.partner_key.display())),
        Err(error) => {
            let key = ferry.partner_key.display();
            Check::fail(
                "ferry keys",
                format!("{key}: {}", causes(error)),
                format!("向对方索取公钥（64 位十六进制）：`cp PARTNER.pub {key}`"),
                format!("ask the partner for its public key, 64 hex digits: `cp PARTNER.pub {key}`"),
            )
        }
    }
}

/// Can files be taken out of one folder and put into the other?
fn folders(ferry: &BridgeFerry) -> Check {
    use rustix::fs::{Access, access};
    for folder in [&ferry.inbox, &ferry.outbox] {
        // A folder that is not there is made at the start; the one above it has to be there.
        let place = if folder.exists() {
            folder.as_path()
        } else {
            folder.parent().filter(|above| *above != Path::new("")).unwrap_or(Path::new("."))
        };
        let may = access(place, Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK);
        let may = if place.is_dir() { may.map_err(io::Error::from) } else { Err(io::ErrorKind::NotADirectory.into()) };
        if let Err(error) = may {
            return Check::fail(
                "ferry folders",
                format!("{} cannot be used: {error}", place.display()),
                format!("建立目录并交给运行 hub 的用户：`install -d -o USER {}`", folder.display()),
                format!("make it, and give it to the hub's own user: `install -d -o USER {}`", folder.display()),
            );
        }
    }
    Check::ok("ferry folders", format!("{} and {}", ferry.inbox.display(), ferry.outbox.display()))
}

/// Is each partner there? Only a hub that runs knows.
async fn partners(ground: &Ground<'_>) -> Vec<Check> {
    const NAME: &str = "partner";
    if ground.held.is_none() {
        return vec![Check::ok(NAME, "not asked: no hub runs on this data directory")];
    }
    match links(ground).await {
        Ok(links) => ground.config.bridges.iter().map(|bridge| partner(bridge, &links, ground)).collect(),
        Err(error) => vec![Check::warn(
            NAME,
            format!("the running hub does not say: {}", causes(error)),
            format!("查看各线路：`hub links --data {}`", ground.config.data.display()),
            format!("ask it: `hub links --data {}`", ground.config.data.display()),
        )],
    }
}

async fn links(ground: &Ground<'_>) -> anyhow::Result<Vec<v1::Link>> {
    let data = &ground.config.data;
    let uri = fs::read_to_string(data.join(ADDRESS_FILE))?;
    // Read and not made: a hub that runs has made it.
    anyhow::ensure!(data.join("operator.token").is_file(), "there is no operator's token");
    let token = runtime::identity::operator_token(data)?;
    let tls = ground.config.listen.tls.as_ref().map(runtime::serve::trusting).transpose()?;
    let mut roads = Roads::connect_trusting(uri.trim(), &token, tls).await?;
    Ok(roads.links.list_links(v1::ListLinksRequest::default()).await?.into_inner().links)
}

fn partner(bridge: &Bridge, links: &[v1::Link], ground: &Ground<'_>) -> Check {
    let name = &bridge.partner;
    let agency = Partner::from_name(name).map(|partner| partner.agency().to_string()).unwrap_or_default();
    let since = |link: &v1::Link| {
        let ms = link.since.as_ref().and_then(wire::time::millis).unwrap_or_default();
        domain::time::Time::from_ms(ms).to_string()
    };
    let command = format!("hub links --data {}", ground.config.data.display());
    let zh = format!("请对方检查其系统与线路；各帧情况：`{command}`");
    let en = format!("have the partner look at its system and the line; how frames stand: `{command}`");
    match links.iter().find(|link| link.agency == agency) {
        Some(link) if link.up => {
            let way = v1::Transport::word_of(link.transport).unwrap_or_default();
            Check::ok("partner", format!("{name} is there by {way} since {}", since(link)))
        }
        Some(link) => Check::warn("partner", format!("{name} is cut since {}: {}", since(link), link.why), zh, en),
        None => Check::warn("partner", format!("{name} has never been there"), zh, en),
    }
}
