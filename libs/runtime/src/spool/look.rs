//! A look at what waits, while nobody has the spool open: nothing is made, moved or delivered.

use std::{fs, io::ErrorKind, path::Path, sync::Arc};

use journal::{OpenError, embedded::Embedded};

use super::{SpoolError, State, read};

/// How many reports wait in this directory; none where it is not there.
///
/// # Errors
/// [`SpoolError`] where what is kept does not read.
pub async fn waiting(dir: &Path) -> Result<usize, SpoolError> {
    let failed = |source| SpoolError::Disk { what: "list", dir: dir.display().to_string(), source };
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(failed(error)),
    };
    let mut numbers = Vec::new();
    for entry in entries {
        let name = entry.map_err(failed)?.file_name();
        numbers.extend(name.to_str().and_then(|name| name.parse::<u64>().ok()));
    }
    numbers.sort_unstable();
    let mut state = State::default();
    for number in numbers {
        let dir = dir.join(number.to_string());
        match Embedded::read_only(&dir) {
            Ok(files) => read(&dir, &Arc::new(files), &mut state).await?,
            // Begun, and nothing was written.
            Err(OpenError::Absent) => {}
            Err(source) => return Err(SpoolError::Open { dir: dir.display().to_string(), source }),
        }
    }
    Ok(state.waiting.len())
}
