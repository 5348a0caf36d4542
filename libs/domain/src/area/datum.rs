//! GCJ-02, the offset datum of Chinese map services, back to the district's own. WGS 84 differs from CGCS2000 by
//! centimetres, which is nothing here. Source of the formula: the widely published approximation of the GCJ-02 offset,
//! inverted by iteration. Floats stay in here: a point is whole numbers before and after.

use super::Point;

impl Point {
    /// The point at these degrees, east and north, of CGCS2000.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "degrees times 1e7 fit an i64 by far")]
    pub fn at(lon: f64, lat: f64) -> Self {
        let e7 = |degrees: f64| (degrees * 1e7).round() as i64;
        Self { lon_e7: e7(lon), lat_e7: e7(lat) }
    }

    /// How far another point is, in whole metres; on a flat earth of the district's size, which is right to 0.3 %.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "metres on earth fit a u32"
    )]
    pub fn metres_to(self, other: Self) -> u32 {
        /// Metres a ten-millionth of a degree north is long.
        const METRES: f64 = 111_320.0 / 1e7;
        let radians = (self.lat_e7 + other.lat_e7) as f64 / 2e7 * std::f64::consts::PI / 180.0;
        let north = (self.lat_e7 - other.lat_e7) as f64 * METRES;
        let east = (self.lon_e7 - other.lon_e7) as f64 * METRES * radians.cos();
        north.hypot(east) as u32
    }

    /// The point that a map service in China shows at these degrees (GCJ-02).
    #[must_use]
    pub fn at_gcj02(lon: f64, lat: f64) -> Self {
        let (lon, lat) = from_gcj02(lon, lat);
        Self::at(lon, lat)
    }
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
}
