//! The demo shop's services as a static upstream: `shop CONTROL CATALOG INVENTORY REVIEWS CUSTOMERS ORDERS`.
//!
//! Each answer is asked once of the real service, which `anabranch demo` runs, and then given from memory, so that the
//! services are never what is measured. `GET /stats` of the control port tells how many calls there were, `POST /stats`
//! begins anew.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    convert::Infallible,
    io,
    net::{Ipv4Addr, SocketAddr},
    rc::Rc,
};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    HeaderMap, Method, Request, Response, StatusCode, body::Incoming, client, header, server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    task::LocalSet,
};

/// Where `anabranch demo` listens, in the order of the arguments.
const SERVICES: [u16; 5] = [4101, 4102, 4103, 4104, 4105];
/// Largest body of a request.
const BODY_LIMIT: usize = 1 << 20;

type Failure = Box<dyn std::error::Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let ports = std::env::args().skip(1).map(|port| port.parse());
    let ports: Vec<u16> = ports.collect::<Result<_, _>>()?;
    let [control, ports @ ..] = ports.as_slice() else { return Err("a control port and five ports are needed".into()) };
    LocalSet::new()
        .run_until(async {
            let calls = Rc::new(Cell::new(0));
            for (service, port) in SERVICES.into_iter().zip(ports) {
                let address = (Ipv4Addr::LOCALHOST, service).into();
                let service = Rc::new(Service { address, answers: RefCell::default(), calls: calls.clone() });
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).await?;
                tokio::task::spawn_local(serve(listener, move |request| {
                    let service = service.clone();
                    async move { service.answer(request).await }
                }));
            }
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, *control)).await?;
            serve(listener, move |request: Request<Incoming>| {
                if request.method() == Method::POST {
                    calls.set(0);
                }
                let body = format!("{{\"calls\":{}}}", calls.get());
                async move { Response::new(Full::new(body.into())) }
            })
            .await?;
            Ok(())
        })
        .await
}

async fn serve<F, A>(listener: TcpListener, answer: F) -> io::Result<()>
where
    F: Fn(Request<Incoming>) -> A + Clone + 'static,
    A: Future<Output = Response<Full<Bytes>>> + 'static,
{
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let answer = answer.clone();
        tokio::task::spawn_local(async move {
            let service = service_fn(|request| {
                let answer = answer(request);
                async move { Ok::<_, Infallible>(answer.await) }
            });
            // A connection that breaks is the client's business.
            drop(http1::Builder::new().serve_connection(TokioIo::new(stream), service).await);
        });
    }
}

/// One service and what it answered so far.
struct Service {
    address: SocketAddr,
    answers: RefCell<HashMap<Key, (StatusCode, HeaderMap, Bytes)>>,
    calls: Rc<Cell<u64>>,
}

/// All that the services look at.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    method: Method,
    uri: String,
    body: Bytes,
}

// === impl Service ===

impl Service {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        self.calls.set(self.calls.get() + 1);
        match self.find(request).await {
            Ok(response) => response,
            Err(failure) => {
                let mut response = Response::new(Full::new(failure.to_string().into()));
                *response.status_mut() = StatusCode::BAD_GATEWAY;
                response
            }
        }
    }

    async fn find(&self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Failure> {
        let (head, body) = request.into_parts();
        let body = Limited::new(body, BODY_LIMIT).collect().await.map_err(|_| "a body that is too long")?.to_bytes();
        let key = Key { method: head.method, uri: head.uri.to_string(), body };
        let known = self.answers.borrow().get(&key).cloned();
        let (status, headers, body) = match known {
            Some(answer) => answer,
            None => {
                let answer = self.ask(&key, head.headers).await?;
                self.answers.borrow_mut().insert(key, answer.clone());
                answer
            }
        };
        let mut response = Response::new(Full::new(body));
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }

    async fn ask(&self, key: &Key, headers: HeaderMap) -> Result<(StatusCode, HeaderMap, Bytes), Failure> {
        let stream = TcpStream::connect(self.address).await?;
        let (mut sender, connection) = client::conn::http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        let mut request = Request::new(Full::new(key.body.clone()));
        *request.method_mut() = key.method.clone();
        *request.uri_mut() = key.uri.parse()?;
        *request.headers_mut() = headers;
        let (head, body) = sender.send_request(request).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        let mut headers = head.headers;
        for name in [header::CONNECTION, header::TRANSFER_ENCODING, header::DATE, header::CONTENT_LENGTH] {
            headers.remove(name);
        }
        Ok((head.status, headers, body))
    }
}
