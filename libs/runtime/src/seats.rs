//! Seats over gRPC: administrators set them up and take them out of use; each is a fact.

use domain::{
    id::SeatId,
    seat::{self, Role},
};
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

    /// The system administrator sets seats up; the security administrator gives tokens anew and takes seats out of use.
    fn administrator<T>(request: &Request<T>, role: Role) -> Result<(), Status> {
        if Caller::of(request)?.administers(role) {
            return Ok(());
        }
        Err(if role == Role::SecurityAdministrator {
            status::forbidden(
                "只有安全管理席位可以锁定席位、重置令牌",
                "only a security administrator locks seats and resets their tokens",
            )
        } else {
            status::forbidden("只有系统管理席位可以设置席位", "only an administrator keeps seats")
        })
    }

    /// The seat of this name, which has to be there.
    fn known(&self, name: &str) -> Result<SeatId, Status> {
        let id: SeatId = name.parse().map_err(|_| status::no_seat(name))?;
        if self.ports.fold.look(|board| board.seat(&id).is_none()) { Err(status::no_seat(name)) } else { Ok(id) }
    }

    fn ask<M: wire::Message>(&self, request: &Request<M>, command_id: &str) -> Result<Ask, Status> {
        convert::ask(&self.ports, request, &Said { command_id, occurred: None, basis: 0, service: "seats" })
    }
}

#[tonic::async_trait]
impl Seats for Service {
    async fn add(&self, request: Request<v1::AddSeatRequest>) -> Result<Response<v1::AddSeatAnswer>, Status> {
        Self::administrator(&request, Role::Administrator)?;
        let ask = self.ask(&request, &request.get_ref().command_id)?;
        let seat = convert::seat_of(&convert::needed("seat", request.into_inner().seat)?)?;
        if !seat.apart() {
            let zh = "系统、安全、审计管理须分设席位，且不兼任其他职责";
            return Err(status::bad_field("seat.roles", zh, "an administrator's seat has that one role and no other"));
        }
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
        let asked = request.get_ref();
        let agency = convert::optional(&asked.agency, |text| convert::agency("agency", text))?;
        let area = convert::optional(&asked.area, |text| convert::area("area", text))?;
        let role = convert::word::<v1::Role, _>("role", asked.role, Role::from_word)?;
        let wanted = |seat: &seat::Seat| {
            agency.as_ref().is_none_or(|agency| seat.agency == *agency)
                && area.is_none_or(|area| area.contains(seat.area))
                && role.is_none_or(|role| seat.has(role))
        };
        let answer = self.ports.fold.look(|board| v1::ListSeatsAnswer {
            seats: board.seats().filter(|kept| wanted(&kept.seat)).map(|kept| convert::seat_view(kept)).collect(),
            position: board.position(),
        });
        Ok(Response::new(answer))
    }

    async fn lock(&self, request: Request<v1::LockSeatRequest>) -> Result<Response<v1::LockSeatAnswer>, Status> {
        Self::administrator(&request, Role::SecurityAdministrator)?;
        let ask = self.ask(&request, &request.get_ref().command_id)?;
        let id = self.known(&request.get_ref().seat_id)?;
        let answer = write_seat(&self.ports, &id, &ask, &seat::Locked {}.into()).await;
        let answer = answer.map_err(|error| status::of(&error))?;
        Ok(Response::new(v1::LockSeatAnswer { position: answer.position, repeated_command: answer.repeated }))
    }

    async fn reset(&self, request: Request<v1::ResetSeatRequest>) -> Result<Response<v1::ResetSeatAnswer>, Status> {
        Self::administrator(&request, Role::SecurityAdministrator)?;
        let ask = self.ask(&request, &request.get_ref().command_id)?;
        let id = self.known(&request.get_ref().seat_id)?;
        let (token, token_sha256) = new_token(&id).map_err(|error| Status::internal(error.to_string()))?;
        let answer = write_seat(&self.ports, &id, &ask, &seat::Reset { token_sha256 }.into()).await;
        let answer = answer.map_err(|error| status::of(&error))?;
        let token = if answer.repeated { String::new() } else { token };
        Ok(Response::new(v1::ResetSeatAnswer { token, position: answer.position, repeated_command: answer.repeated }))
    }
}
