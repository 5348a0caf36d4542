//! A sealed field as it stands in a record.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A sealed field: readable only with the key it names.
///
/// In JSON `{"field":"text","key":"2026-07-08/police/<report>","box":"…"}`; frozen, for it stands in facts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Sealed {
    /// What it is: `text`, `address`, `persons`, `phone`, …; authenticated, so boxes cannot be swapped.
    pub field: String,
    /// Name of the key: `<day>/<agency>/<report>`.
    pub key: String,
    /// Nonce and ciphertext, base64url without padding.
    #[serde(rename = "box")]
    pub data: String,
}
