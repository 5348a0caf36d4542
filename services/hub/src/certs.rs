//! Certificates for trying things out: an authority, the hub's, and one for each partner, made on the spot. A demo and
//! the tests use them; a real district has its own.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair};

/// Files of one authority and of what it signed.
pub struct Certs {
    folder: PathBuf,
    authority: CertifiedIssuer<'static, KeyPair>,
}

impl Certs {
    /// A new authority in `folder`, and the hub's certificate for `localhost`.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn new(folder: &Path) -> anyhow::Result<Self> {
        let mut about = CertificateParams::new(Vec::new())?;
        about.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        about.distinguished_name.push(DnType::CommonName, "lianqin demo authority");
        let authority = CertifiedIssuer::self_signed(about, KeyPair::generate()?)?;
        fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
        let certs = Self { folder: folder.to_owned(), authority };
        certs.write("ca.pem", &certs.authority.pem())?;
        certs.sign("hub", vec!["localhost".to_owned()], ExtendedKeyUsagePurpose::ServerAuth)?;
        Ok(certs)
    }

    /// A certificate for a partner with this common name.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn partner(&self, name: &str) -> anyhow::Result<()> {
        self.sign(name, Vec::new(), ExtendedKeyUsagePurpose::ClientAuth)
    }

    fn sign(&self, name: &str, hosts: Vec<String>, usage: ExtendedKeyUsagePurpose) -> anyhow::Result<()> {
        let key = KeyPair::generate()?;
        let mut about = CertificateParams::new(hosts)?;
        about.distinguished_name.push(DnType::CommonName, name);
        about.extended_key_usages = vec![usage];
        self.write(&format!("{name}.pem"), &about.signed_by(&key, &self.authority)?.pem())?;
        self.write(&format!("{name}.key"), &key.serialize_pem())
    }

    fn write(&self, name: &str, pem: &str) -> anyhow::Result<()> {
        use std::{io::Write as _, os::unix::fs::OpenOptionsExt as _};
        let path = self.file(name);
        let mut file = fs::File::options().write(true).create(true).truncate(true).mode(0o600).open(&path);
        let file = file.as_mut().map_err(|error| anyhow::anyhow!("write {}: {error}", path.display()))?;
        file.write_all(pem.as_bytes()).with_context(|| format!("write {}", path.display()))
    }

    /// A file of it: `ca.pem`, `hub.pem`, `hub.key`, `<partner>.pem`, `<partner>.key`.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}
