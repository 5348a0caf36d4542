//! The policies and areas a process works by: files of a directory, or the samples that come with the hub.

use std::path::Path;

use anyhow::Context as _;
use domain::area::Areas;
use runtime::policies::InForce;

/// The policies and areas of a directory of files, or the samples that come with the hub. A bad file stops the start.
pub(crate) fn policies(dir: Option<&Path>) -> anyhow::Result<(InForce, Areas)> {
    let Some(dir) = dir else { return Ok((InForce::sample(), Areas::pukou())) };
    let mut files = Vec::new();
    for file in std::fs::read_dir(dir).with_context(|| format!("read the policies in {}", dir.display()))? {
        let path = file?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let text = std::fs::read_to_string(&path).with_context(|| format!("read the policy {}", path.display()))?;
            files.push((path.display().to_string(), text));
        }
    }
    files.sort();
    let named: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let called = |what: &str| {
        let fits = |name: &str| Path::new(name).file_name().is_some_and(|name| name.to_string_lossy().starts_with(what));
        named.iter().find(|(name, _)| fits(name))
    };
    let areas = called("areas-").map(|(name, text)| Areas::from_toml(text).with_context(|| format!("read the areas in {name}")));
    // A table of its own without rings has none: those that come with the hub belong to the table that does.
    let mut areas = areas.transpose()?.unwrap_or_else(Areas::pukou);
    if let Some((name, text)) = called("geometry-") {
        areas = areas.with_geometry(text).with_context(|| format!("read the rings in {name}"))?;
    }
    let in_force = InForce::of(files)?;
    in_force.of_files()?.police_areas.fits(&areas)?;
    Ok((in_force, areas))
}
