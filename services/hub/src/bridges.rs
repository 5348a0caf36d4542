//! Bridges as the configuration names them.

use std::time::Duration;

use anyhow::{Context as _, bail};
use bridge::{Dock, Door, Pace, Partner, Settings, Way};
use runtime::config::Config;

/// The bridges of a configuration.
pub(crate) fn settings(config: &Config) -> anyhow::Result<Vec<Settings>> {
    config.bridges.iter().map(one).collect()
}

fn one(config: &runtime::config::Bridge) -> anyhow::Result<Settings> {
    let names: Vec<_> = Partner::ALL.iter().map(|partner| partner.name()).collect();
    let partner = Partner::from_name(&config.partner)
        .with_context(|| format!("[[bridge]] partner = {:?}: give one of {}", config.partner, names.join(", ")))?;
    let pace = Pace {
        beat: Duration::from_secs(config.beat_seconds.max(1)),
        silence: Duration::from_secs(config.silence_seconds.max(config.beat_seconds + 1)),
        resend: config.ferry.as_ref().map(|ferry| Duration::from_secs(ferry.resend_seconds.max(1))),
    };
    let way = match (&config.stream, &config.ferry) {
        (Some(stream), None) => Way::Stream(Door {
            address: stream.address,
            certificate: stream.certificate.clone(),
            key: stream.key.clone(),
            client_ca: stream.client_ca.clone(),
            name: stream.name.clone().unwrap_or_else(|| partner.name().to_owned()),
        }),
        (None, Some(ferry)) => Way::Ferry(Dock {
            inbox: ferry.inbox.clone(),
            outbox: ferry.outbox.clone(),
            key: ferry.key.clone(),
            partner_key: ferry.partner_key.clone(),
        }),
        (None, None) | (Some(_), Some(_)) => {
            bail!("[[bridge]] partner = {:?}: give either [bridge.stream] or [bridge.ferry]", config.partner)
        }
    };
    Ok(Settings { partner, simulated: config.simulated, pace, way })
}
