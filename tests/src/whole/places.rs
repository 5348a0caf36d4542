//! Where a matter lies: the grid of its point, in whatever datum it was told; and rings of a district's own.

use domain::area::{Areas, Level};
use hub::process::Process;
use runtime::Clock;
use wire::v1::{self, Datum, Role};

use crate::{
    house,
    town::{DISTRICT, Desk, Town, record, report, settings},
};

/// A report of a plain matter with a point and no area.
fn at(reference: &str, lon_e7: i32, lat_e7: i32, datum: Datum) -> v1::ReportRequest {
    let point = Some(v1::Point { lon_e7, lat_e7, datum: datum.into() });
    v1::ReportRequest { area: String::new(), point, ..report("patrol", reference, "井盖松动") }
}

/// Sends it in; the proposed place, and why intake settled on it.
async fn told(desk: &Desk, said: v1::ReportRequest) -> (String, Vec<String>) {
    let taken = desk.report(said).await.expect("a report gets in");
    let ask = v1::ProposeRequest { incident_id: taken.incident_id.clone(), at_least: taken.position };
    let proposal = desk.roads.clone().triage.propose(ask).await.expect("a proposal").into_inner();
    assert_eq!(proposal.class(), v1::Class::N);
    let seen = desk.sees(&taken.incident_id, taken.position).await.expect("its own");
    let place = proposal.place.expect("a place").area;
    assert_eq!(seen.place.expect("a place").area, place);
    let facts = desk.facts(&format!("incident/{}", taken.incident_id)).await;
    let reasons = record(&facts[0])["data"]["reasons"].as_array().expect("reasons").clone();
    (place, reasons.iter().map(|reason| reason["code"].as_str().expect("a code").to_owned()).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_point_in_the_district_has_its_grid_and_one_far_outside_says_so() {
    let data = tempfile::tempdir().expect("a folder");
    let town = Town::open(data.path()).await;
    let desk = town.desk("grid-1", "grid", DISTRICT, &[Role::CallTaker, Role::Dispatcher]).await;
    // The middle of the district, and the same spot as a map service in China shows it.
    let (lon, lat) = (1_185_632_390, 320_532_490);
    let grid = Areas::pukou().grid_at(lon.into(), lat.into()).expect("a grid");
    assert_eq!(grid.level(), Level::Grid);
    let (place, reasons) = told(&desk, at("P-1", lon, lat, Datum::Cgcs2000)).await;
    assert_eq!(place, grid.to_string());
    assert!(reasons.contains(&"triage.area_point".to_owned()), "{reasons:?}");
    let unconverted = Areas::pukou().grid_at((lon + 50_442).into(), (lat - 21_972).into());
    assert_ne!(unconverted, Some(grid), "half a kilometre matters here");
    let (shifted, _) = told(&desk, at("P-2", lon + 50_442, lat - 21_972, Datum::Gcj02)).await;
    assert_eq!(shifted, place);

    // Shanghai.
    let (place, reasons) = told(&desk, at("P-3", 1_214_737_000, 312_304_000, Datum::Wgs84)).await;
    assert_eq!(place, DISTRICT);
    assert!(reasons.contains(&"triage.outside_district".to_owned()), "{reasons:?}");
    assert!(!reasons.contains(&"triage.area_point".to_owned()), "{reasons:?}");
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_districts_own_rings_are_read_beside_its_table_and_bad_ones_stop_the_start() {
    let (folder, data) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    for file in house::files(&house::root().join("deploy/policy"), ".toml") {
        let name = file.file_name().expect("a name").to_owned();
        std::fs::copy(&file, folder.path().join(name)).expect("copied");
    }
    let mut config = settings(data.path());
    config.policy = Some(folder.path().to_owned());
    let open = async || Process::open(config.clone(), Clock::system()).await;
    let within = async || {
        let process = open().await.expect("opens");
        let within = process.ports.areas.within(1_185_632_390, 320_532_490);
        process.close().await.expect("closes");
        within
    };
    assert_eq!(within().await, Some(true));

    let rings = folder.path().join("geometry-320111.toml");
    let text = std::fs::read_to_string(&rings).expect("readable");
    std::fs::write(&rings, text.replace("320111004001001", "320111004001099")).expect("written");
    let Err(error) = open().await else { panic!("a grid that is not in the table") };
    let said = format!("{error:#}");
    assert!(said.contains("geometry-320111.toml") && said.contains("320111004001099: is not a grid of the table"), "{said}");

    std::fs::remove_file(&rings).expect("it was there");
    assert_eq!(within().await, None, "no rings, and nothing in their place");
}
