//! Policies over gRPC: administrators put them in force, each is a fact; anyone may know what is in force.

use domain::{
    policy::adopted::{self, NotAdopted},
    seat::Role,
};
use tonic::{Request, Response, Status};
use wire::v1::{self, policies_server::Policies};

use crate::{
    convert::{self, Said},
    execute::write_policy,
    identity::Caller,
    ports::Ports,
    status,
};

/// The service.
#[derive(Clone)]
pub struct Service {
    ports: Ports,
}

impl Service {
    /// Over these ports.
    #[must_use]
    pub const fn new(ports: Ports) -> Self {
        Self { ports }
    }
}

#[tonic::async_trait]
impl Policies for Service {
    async fn adopt(&self, request: Request<v1::AdoptPolicyRequest>) -> Result<Response<v1::AdoptPolicyAnswer>, Status> {
        if !Caller::of(&request)?.administers(Role::Administrator) {
            return Err(status::forbidden("只有系统管理席位可以启用政策", "only an administrator puts policies in force"));
        }
        let said = Said { command_id: &request.get_ref().command_id, occurred: None, basis: 0, service: "policies" };
        let ask = convert::ask(&self.ports, &request, &said)?;
        let request = request.into_inner();
        let base = self.ports.in_force.base();
        let kept = self.ports.fold.look(|board| board.policies().cloned().collect::<Vec<_>>());
        let file = (request.file.as_str(), request.text.as_str());
        let decided = adopted::adopt(file, &base, kept.iter().map(AsRef::as_ref), self.ports.clock.now());
        let (name, fact) = decided.map_err(|why| not_adopted(&why))?;
        let Some(fact) = fact else {
            let kept = self.ports.fold.look(|board| board.policy(&name).cloned());
            let (version, position) = kept.map(|kept| (kept.adopted.version.clone(), kept.position)).unwrap_or_default();
            return Ok(Response::new(v1::AdoptPolicyAnswer { name, version, position, unchanged: true, repeated_command: false }));
        };
        let version = fact.version.clone();
        let answer = write_policy(&self.ports, &name, &ask, &fact.into()).await.map_err(|error| status::of(&error))?;
        let (position, repeated_command) = (answer.position, answer.repeated);
        Ok(Response::new(v1::AdoptPolicyAnswer { name, version, position, unchanged: false, repeated_command }))
    }

    async fn in_force(&self, request: Request<v1::PoliciesInForceRequest>) -> Result<Response<v1::PoliciesInForceAnswer>, Status> {
        Caller::of(&request)?;
        self.ports.fold.reached(request.get_ref().at_least).await.map_err(|error| status::behind(&error))?;
        let policies = self.ports.policies();
        let in_force = |header: &domain::policy::Header| {
            let kept = self.ports.fold.look(|board| board.policy(&header.name).cloned());
            v1::PolicyInForce {
                name: header.name.clone(),
                version: header.version.clone(),
                valid_from: header.valid_from.to_string(),
                source: header.source.clone(),
                sample: header.sample,
                position: kept.as_ref().map(|kept| kept.position).unwrap_or_default(),
                since: kept.map(|kept| convert::to_when(kept.since)),
            }
        };
        let policies = policies.headers().into_iter().map(in_force).collect();
        Ok(Response::new(v1::PoliciesInForceAnswer { position: self.ports.fold.position(), policies }))
    }
}

/// The file is named with line and reason; the one before stays.
fn not_adopted(why: &NotAdopted) -> Status {
    let field = match why {
        NotAdopted::Bad(_) | NotAdopted::Unknown { .. } | NotAdopted::TooLong { .. } => "text",
        NotAdopted::VersionUsed { .. } => "text.version",
        NotAdopted::TooEarly { .. } => "text.valid_from",
    };
    status::bad_field(
        field,
        &format!("政策未启用，原政策继续有效：{why}"),
        &format!("not put in force, the one before stays: {why}"),
    )
}
