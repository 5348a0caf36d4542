//! A look at what waits, while nobody has the spool open: nothing is made, moved or delivered.

use std::{io::ErrorKind, path::Path, sync::Arc};

use journal::{OpenError, embedded::Embedded};

use super::{SpoolError, State, files, read};

/// How many reports wait in this directory; none where it is not there.
///
/// # Errors
/// [`SpoolError`] where what is kept does not read.
pub async fn waiting(dir: &Path) -> Result<usize, SpoolError> {
    let numbers = match files::listed(dir) {
        Ok(numbers) => numbers,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0),
        Err(source) => return Err(SpoolError::Disk { what: "list", dir: dir.display().to_string(), source }),
    };
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
