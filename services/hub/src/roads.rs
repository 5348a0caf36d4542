//! Roads to the services: the same generated clients, within the process or over the network.
//!
//! Within the process the caller is handed over with the request, as the network's door would after checking it.

use runtime::{Caller, Ports};
use tonic::{Request, Status, service::Interceptor, transport::ClientTlsConfig};
use wire::{
    link::{self, Link},
    v1::{
        audit_client::AuditClient, audit_server::AuditServer, feedback_client::FeedbackClient, intake_client::IntakeClient,
        links_client::LinksClient, policies_client::PoliciesClient, policies_server::PoliciesServer, seats_client::SeatsClient,
        seats_server::SeatsServer, triage_client::TriageClient,
    },
};

/// Who speaks on a road: a caller known to this process, or a token for the door of another.
#[derive(Clone)]
pub enum Voice {
    /// Within the process.
    Known(Box<Caller>),
    /// Over the network.
    Token(String),
}

impl Interceptor for Voice {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        // What a call leads to belongs to the trace in which it is made.
        runtime::trace::inject(request.metadata_mut());
        match self {
            Self::Known(caller) => {
                request.extensions_mut().insert(Caller::clone(caller));
            }
            Self::Token(token) => {
                let value =
                    format!("Bearer {token}").parse().map_err(|_| Status::unauthenticated("the token has odd characters"))?;
                request.metadata_mut().insert("authorization", value);
            }
        }
        Ok(request)
    }
}

/// A road with a voice.
pub type Road = tonic::service::interceptor::InterceptedService<Link, Voice>;

/// Clients of all services, speaking with one voice.
#[derive(Clone)]
pub struct Roads {
    /// Takes reports in.
    pub intake: IntakeClient<Road>,
    /// Proposes and dispatches.
    pub triage: TriageClient<Road>,
    /// Checks, tells, closes.
    pub feedback: FeedbackClient<Road>,
    /// Follows the log.
    pub audit: AuditClient<Road>,
    /// Keeps policies.
    pub policies: PoliciesClient<Road>,
    /// Keeps seats.
    pub seats: SeatsClient<Road>,
    /// Tells of the links to partners.
    pub links: LinksClient<Road>,
}

impl Roads {
    /// Within this process, as `caller`.
    #[must_use]
    pub fn local(ports: &Ports, caller: Caller) -> Self {
        let voice = Voice::Known(Box::new(caller));
        let on = |link: Link| Road::new(link, voice.clone());
        Self {
            intake: IntakeClient::new(on(link::local(intake::build(ports.clone())))),
            triage: TriageClient::new(on(link::local(triage::build(ports.clone())))),
            feedback: FeedbackClient::new(on(link::local(feedback::build(ports.clone())))),
            audit: AuditClient::new(on(link::local(AuditServer::new(runtime::audit::Service::new(ports.clone()))))),
            policies: PoliciesClient::new(on(link::local(PoliciesServer::new(runtime::adopting::Service::new(ports.clone()))))),
            seats: SeatsClient::new(on(link::local(SeatsServer::new(runtime::seats::Service::new(ports.clone()))))),
            links: LinksClient::new(on(link::local(bridge::links::build(ports.clone())))),
        }
    }

    /// To the hub at `uri`, with a seat's token.
    ///
    /// # Errors
    /// Nobody answers there.
    pub async fn connect(uri: &str, token: &str) -> Result<Self, link::LinkError> {
        Self::connect_trusting(uri, token, None).await
    }

    /// The same over TLS.
    ///
    /// # Errors
    /// Nobody answers there, or the certificates do not fit.
    pub async fn connect_trusting(uri: &str, token: &str, tls: Option<ClientTlsConfig>) -> Result<Self, link::LinkError> {
        let link = link::connect(uri, tls).await?;
        let voice = Voice::Token(token.to_owned());
        let on = || Road::new(link.clone(), voice.clone());
        Ok(Self {
            intake: IntakeClient::new(on()),
            triage: TriageClient::new(on()),
            feedback: FeedbackClient::new(on()),
            audit: AuditClient::new(on()),
            policies: PoliciesClient::new(on()),
            seats: SeatsClient::new(on()),
            links: LinksClient::new(on()),
        })
    }
}
