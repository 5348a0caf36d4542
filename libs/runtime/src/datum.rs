//! Points on their way in: one datum (CGCS2000) inside, whatever the source used.

use domain::area::Point;
use tonic::Status;
use wire::v1::{self, Datum};

use crate::status;

/// The point in the district's own datum.
///
/// # Errors
/// `INVALID_ARGUMENT` where it lies outside the country or names no datum.
pub fn to_cgcs2000(point: &v1::Point) -> Result<Point, Status> {
    let (lon, lat) = (f64::from(point.lon_e7) / 1e7, f64::from(point.lat_e7) / 1e7);
    if !(72.0..=138.0).contains(&lon) || !(0.8..=56.0).contains(&lat) {
        return Err(status::bad_field(
            "point",
            "坐标不在国内，请核对经纬度顺序",
            "the point is not in China: check the order of longitude and latitude",
        ));
    }
    match point.datum() {
        Datum::Gcj02 => Ok(Point::at_gcj02(lon, lat)),
        Datum::Cgcs2000 | Datum::Wgs84 => Ok(Point::at(lon, lat)),
        Datum::Unspecified => Err(status::bad_field(
            "point.datum",
            "请说明坐标系：CGCS2000、WGS84 或 GCJ02",
            "say the datum: CGCS2000, WGS84 or GCJ02",
        )),
    }
}

/// The point as a report's sealed field keeps it: longitude, latitude, datum. None for any other text.
#[must_use]
pub fn read(text: &str) -> Option<Point> {
    let mut numbers = text.split(',').map(|number| number.parse::<i32>().ok());
    let mut next = || numbers.next().flatten();
    let point = v1::Point { lon_e7: next()?, lat_e7: next()?, datum: next()? };
    to_cgcs2000(&point).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn swapped_coordinates_are_named() {
        let swapped = v1::Point { lon_e7: 320_600_000, lat_e7: 1_186_200_000, datum: Datum::Cgcs2000.into() };
        assert!(to_cgcs2000(&swapped).is_err());
    }
}
