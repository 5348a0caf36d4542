//! Points on their way in: one datum (CGCS2000) inside, whatever the source used.
//!
//! GCJ-02 is the offset datum of Chinese map services; WGS 84 differs from CGCS2000 by centimetres, which is nothing
//! here. Source of the formula: the widely published approximation of the GCJ-02 offset, inverted by iteration.

use domain::area::Point;
use runtime::status;
use tonic::Status;
use wire::v1::{self, Datum};

/// The point in the district's own datum.
pub(crate) fn to_cgcs2000(point: &v1::Point) -> Result<Point, Status> {
    let (lon, lat) = (f64::from(point.lon_e7) / 1e7, f64::from(point.lat_e7) / 1e7);
    if !(72.0..=138.0).contains(&lon) || !(0.8..=56.0).contains(&lat) {
        return Err(status::bad_field(
            "point",
            "坐标不在国内，请核对经纬度顺序",
            "the point is not in China: check the order of longitude and latitude",
        ));
    }
    let (lon, lat) = match point.datum() {
        Datum::Gcj02 => from_gcj02(lon, lat),
        Datum::Cgcs2000 | Datum::Wgs84 => (lon, lat),
        Datum::Unspecified => {
            return Err(status::bad_field(
                "point.datum",
                "请说明坐标系：CGCS2000、WGS84 或 GCJ02",
                "say the datum: CGCS2000, WGS84 or GCJ02",
            ));
        }
    };
    #[expect(clippy::cast_possible_truncation, reason = "degrees times 1e7 fit an i64 by far")]
    let e7 = |degrees: f64| (degrees * 1e7).round() as i64;
    Ok(Point { lon_e7: e7(lon), lat_e7: e7(lat) })
}

/// Inverts the offset: three rounds leave less than a centimetre.
fn from_gcj02(lon: f64, lat: f64) -> (f64, f64) {
    let (mut x, mut y) = (lon, lat);
    for _ in 0..3 {
        let (dx, dy) = offset(x, y);
        (x, y) = (lon - dx, lat - dy);
    }
    (x, y)
}

/// How far GCJ-02 moves a point, in degrees.
fn offset(lon: f64, lat: f64) -> (f64, f64) {
    use std::f64::consts::PI;
    const AXIS: f64 = 6_378_245.0;
    const ECCENTRICITY: f64 = 0.006_693_421_622_965_943;
    let (x, y) = (lon - 105.0, lat - 35.0);
    let wave = |a: f64| (20.0 * (6.0 * PI * a).sin() + 20.0 * (2.0 * PI * a).sin()) * 2.0 / 3.0;
    let root = x.abs().sqrt();
    let north = -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * root
        + wave(x)
        + (20.0 * (PI * y).sin() + 40.0 * (PI * y / 3.0).sin()) * 2.0 / 3.0
        + (160.0 * (PI * y / 12.0).sin() + 320.0 * (PI * y / 30.0).sin()) * 2.0 / 3.0;
    let east = 300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * root
        + wave(x)
        + (20.0 * (PI * x).sin() + 40.0 * (PI * x / 3.0).sin()) * 2.0 / 3.0
        + (150.0 * (PI * x / 12.0).sin() + 300.0 * (PI * x / 30.0).sin()) * 2.0 / 3.0;
    let radians = lat * PI / 180.0;
    let magic = 1.0 - ECCENTRICITY * radians.sin().powi(2);
    let dy = north * 180.0 / (AXIS * (1.0 - ECCENTRICITY) / (magic * magic.sqrt()) * PI);
    let dx = east * 180.0 / (AXIS / magic.sqrt() * radians.cos() * PI);
    (dx, dy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inverse_meets_the_offset_within_a_centimetre() {
        for (lon, lat) in [(118.62, 32.06), (118.30, 31.95), (118.75, 32.15)] {
            let (dx, dy) = offset(lon, lat);
            let (x, y) = from_gcj02(lon + dx, lat + dy);
            assert!((x - lon).abs() < 1e-7 && (y - lat).abs() < 1e-7, "{x} {y}");
            assert!((0.001..0.01).contains(&dx.abs()), "a few hundred metres: {dx}");
        }
    }

    #[test]
    fn swapped_coordinates_are_named() {
        let swapped = v1::Point { lon_e7: 320_600_000, lat_e7: 1_186_200_000, datum: Datum::Cgcs2000.into() };
        assert!(to_cgcs2000(&swapped).is_err());
    }
}
