//! Seats over gRPC: administrators set them up and take them out of use; each is a fact.

use domain::{id::SeatId, seat};
use tonic::{Request, Response, Status};
use wire::v1::{self, seats_server::Seats};

use crate::{
    convert::{self, Said},
    execute::{Ask, write_seat},
    identity::{Caller, new_token},
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

    fn administrator<T>(request: &Request<T>) -> Result<Caller, Status> {
        let caller = Caller::of(request)?;
        if caller.administers() {
            Ok(caller)
        } else {
            Err(status::forbidden("只有系统管理席位可以管理席位", "only an administrator keeps seats"))
        }
    }

    fn ask<M: wire::Message>(&self, request: &Request<M>, command_id: &str) -> Result<Ask, Status> {
        convert::ask(&self.ports, request, &Said { command_id, occurred: None, basis: 0, service: "seats" })
    }
}

#[tonic::async_trait]
impl Seats for Service {
    async fn add(&self, request: Request<v1::AddSeatRequest>) -> Result<Response<v1::AddSeatAnswer>, Status> {
        Self::administrator(&request)?;
        let ask = self.ask(&request, &request.get_ref().command_id)?;
        let seat = convert::seat_of(&convert::needed("seat", request.into_inner().seat)?)?;
        let (token, token_sha256) = new_token(&seat.id).map_err(|error| Status::internal(error.to_string()))?;
        let id = seat.id.clone();
        let answer = write_seat(&self.ports, &id, &ask, &seat::Added { seat, token_sha256 }.into()).await;
        let answer = answer.map_err(|error| status::of(&error))?;
        // A token is shown once: a repeated command cannot show it again.
        let token = if answer.repeated { String::new() } else { token };
        Ok(Response::new(v1::AddSeatAnswer { token, position: answer.position, repeated_command: answer.repeated }))
    }

    async fn list(&self, request: Request<v1::ListSeatsRequest>) -> Result<Response<v1::ListSeatsAnswer>, Status> {
        let caller = Caller::of(&request)?;
        if !caller.viewer.sees_keeping() {
            return Err(status::forbidden("只有系统管理和审计席位可以查看席位", "only administrators and auditors list seats"));
        }
        self.ports.fold.reached(request.get_ref().at_least).await.map_err(|error| status::behind(&error))?;
        let answer = self.ports.fold.look(|board| v1::ListSeatsAnswer {
            seats: board.seats().map(|kept| convert::seat_view(kept)).collect(),
            position: board.position(),
        });
        Ok(Response::new(answer))
    }

    async fn lock(&self, request: Request<v1::LockSeatRequest>) -> Result<Response<v1::LockSeatAnswer>, Status> {
        Self::administrator(&request)?;
        let ask = self.ask(&request, &request.get_ref().command_id)?;
        let id: SeatId = request.get_ref().seat_id.parse().map_err(|_| status::no_seat(&request.get_ref().seat_id))?;
        if self.ports.fold.look(|board| board.seat(&id).is_none()) {
            return Err(status::no_seat(&request.get_ref().seat_id));
        }
        let answer = write_seat(&self.ports, &id, &ask, &seat::Locked {}.into()).await;
        let answer = answer.map_err(|error| status::of(&error))?;
        Ok(Response::new(v1::LockSeatAnswer { position: answer.position, repeated_command: answer.repeated }))
    }
}
